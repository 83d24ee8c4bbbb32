import {
  type DataSourcePluginOptionsEditorProps,
  onUpdateDatasourceJsonDataOption,
  onUpdateDatasourceSecureJsonDataOption,
  updateDatasourcePluginJsonDataOption,
  updateDatasourcePluginResetOption,
} from '@grafana/data'
import { InlineField, InlineSwitch, Input, SecretInput } from '@grafana/ui'
import type { Secrets, Settings } from '../types.js'

type Props = DataSourcePluginOptionsEditorProps<Settings, Secrets>

const WIDTH = 20

/** Where Headwater is, and the token that opens it. What is wrong with them, "Save & test" says. */
export function ConfigEditor(props: Props) {
  const { jsonData, secureJsonFields, secureJsonData } = props.options
  const url = jsonData.url ?? ''
  const wrong =
    url !== '' && !/^https?:\/\/[^/\s]+/i.test(url)
      ? 'An address begins with http:// or https://, as in http://headwater:4400'
      : undefined
  return (
    <div data-testid="headwater-config-editor">
      <InlineField
        label="URL"
        labelWidth={WIDTH}
        invalid={wrong !== undefined}
        error={wrong}
        tooltip="Of the Headwater query service, as this Grafana server reaches it."
      >
        <Input
          width={50}
          value={url}
          aria-label="URL"
          placeholder="http://localhost:4400"
          onChange={onUpdateDatasourceJsonDataOption(props, 'url')}
        />
      </InlineField>
      <InlineField
        label="Token"
        labelWidth={WIDTH}
        tooltip="The one that Headwater prints at its start after #token=, or the configured one. It is kept encrypted, and never sent to browsers."
      >
        <SecretInput
          width={50}
          aria-label="Token"
          isConfigured={secureJsonFields?.token === true}
          value={secureJsonData?.token ?? ''}
          onReset={() => updateDatasourcePluginResetOption(props, 'token')}
          onChange={onUpdateDatasourceSecureJsonDataOption(props, 'token')}
        />
      </InlineField>
      {url.startsWith('https:') && (
        <InlineField
          label="Skip TLS check"
          labelWidth={WIDTH}
          tooltip="Only for a certificate that this Grafana server cannot check: anyone between could then read the token."
        >
          <InlineSwitch
            value={jsonData.tlsSkipVerify ?? false}
            onChange={(e) => updateDatasourcePluginJsonDataOption(props, 'tlsSkipVerify', e.currentTarget.checked)}
          />
        </InlineField>
      )}
    </div>
  )
}
