#!/bin/sh
# Writes server.properties from the KAFKA_ variables (KAFKA_NODE_ID -> node.id), formats the data folder once, runs the broker.
set -eu
config=/opt/kafka/server.properties
env | sed -n 's/^KAFKA_//p' | while IFS='=' read -r name value; do
	case "$name" in HEAP_OPTS | OPTS) continue ;; esac
	printf '%s=%s\n' "$(printf '%s' "$name" | tr 'A-Z_' 'a-z.')" "$value"
done >"$config"
cluster=HeadwaterTestKafka0000
java -cp '/opt/kafka/libs/*' kafka.tools.StorageTool format --ignore-formatted -t "$cluster" -c "$config"
# shellcheck disable=SC2086
exec java ${KAFKA_HEAP_OPTS:--Xmx256m} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
	-Dlog4j2.configurationFile=/opt/kafka/log4j2.xml -cp '/opt/kafka/libs/*' kafka.Kafka "$config"
