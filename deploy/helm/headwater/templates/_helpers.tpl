{{- define "headwater.name" -}}
{{- if contains "headwater" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-headwater" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{/* Labels of a part: dict "root" $ "part" "ingest" */}}
{{- define "headwater.selector" -}}
app.kubernetes.io/name: headwater
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}
{{- define "headwater.labels" -}}
{{ include "headwater.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "headwater.image" -}}
image: {{ printf "%s/%s:%s" .root.Values.images.repository .image (.root.Values.images.tag | default .root.Chart.AppVersion) | quote }}
imagePullPolicy: {{ .root.Values.images.pullPolicy }}
{{- end }}

{{/* Variables of the bus. */}}
{{- define "headwater.kafka" -}}
- { name: HEADWATER_KAFKA_BROKERS, value: {{ join "," .Values.kafka.brokers | quote }} }
{{- if .Values.kafka.tls }}
- { name: HEADWATER_KAFKA_TLS_ENABLED, value: "true" }
{{- end }}
{{- with .Values.kafka.tlsSecret }}
- { name: HEADWATER_KAFKA_TLS_CA, value: /etc/headwater/kafka/ca.crt }
{{- end }}
{{- if and .Values.kafka.tlsSecret .Values.kafka.tlsClient }}
- { name: HEADWATER_KAFKA_TLS_CERT, value: /etc/headwater/kafka/tls.crt }
- { name: HEADWATER_KAFKA_TLS_KEY, value: /etc/headwater/kafka/tls.key }
{{- end }}
{{- with .Values.kafka.sasl }}
{{- if .mechanism }}
- { name: HEADWATER_KAFKA_SASL_MECHANISM, value: {{ .mechanism | quote }} }
- { name: HEADWATER_KAFKA_SASL_USERNAME, value: {{ required "kafka.sasl.username is needed with kafka.sasl.mechanism" .username | quote }} }
- name: HEADWATER_KAFKA_SASL_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ required "kafka.sasl.existingSecret is needed with kafka.sasl.mechanism" .existingSecret | quote }}, key: password } }
{{- end }}
{{- end }}
{{- end }}

{{/* Variables of the store. */}}
{{- define "headwater.clickhouse" -}}
- { name: HEADWATER_CLICKHOUSE_URL, value: {{ .Values.clickhouse.url | quote }} }
- { name: HEADWATER_CLICKHOUSE_USER, value: {{ .Values.clickhouse.user | quote }} }
- name: HEADWATER_CLICKHOUSE_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ .Values.clickhouse.existingSecret | quote }}, key: password } }
{{- end }}

{{- define "headwater.place" -}}
- { name: HEADWATER_CLUSTER, value: {{ .Values.cluster | quote }} }
{{- with .Values.realm }}
- { name: HEADWATER_REALM, value: {{ . | quote }} }
{{- end }}
{{- with .Values.region }}
- { name: HEADWATER_REGION, value: {{ . | quote }} }
{{- end }}
- { name: HEADWATER_LOG_FORMAT, value: json }
{{- end }}

{{/* No right but to run. */}}
{{- define "headwater.unprivileged" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
capabilities: { drop: [ALL] }
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "headwater.mounts" -}}
- { name: tmp, mountPath: /tmp }
- { name: data, mountPath: /var/lib/headwater }
{{- if .Values.kafka.tlsSecret }}
- { name: kafka, mountPath: /etc/headwater/kafka, readOnly: true }
{{- end }}
{{- end }}
{{- define "headwater.volumes" -}}
- { name: tmp, emptyDir: { medium: Memory, sizeLimit: 16Mi } }
- { name: data, emptyDir: { medium: Memory, sizeLimit: 16Mi } }
{{- with .Values.kafka.tlsSecret }}
- { name: kafka, secret: { secretName: {{ . | quote }}, defaultMode: 0444 } }
{{- end }}
{{- end }}

{{- define "headwater.pod" -}}
{{- with .root.Values.images.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}
