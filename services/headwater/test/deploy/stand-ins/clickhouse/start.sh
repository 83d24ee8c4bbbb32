#!/bin/bash
# As the official image: CLICKHOUSE_USER with the password of CLICKHOUSE_PASSWORD or CLICKHOUSE_PASSWORD_FILE, from anywhere, and no other user from outside.
# The server ends cleanly when its stdin does, so SIGTERM closes that.
set -eu
password=${CLICKHOUSE_PASSWORD:-}
if [ -n "${CLICKHOUSE_PASSWORD_FILE:-}" ]; then password=$(cat "$CLICKHOUSE_PASSWORD_FILE"); fi
cat >/opt/clickhouse/users.xml <<XML
<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users>
    <default><no_password/><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default>
    <$CLICKHOUSE_USER>
      <password>$password</password>
      <networks><ip>::/0</ip></networks>
      <profile>default</profile><quota>default</quota>
    </$CLICKHOUSE_USER>
  </users>
</clickhouse>
XML
chown -R 101:101 /var/lib/clickhouse
cd /var/lib/clickhouse
mkfifo -m 0600 /opt/clickhouse/stdin
/opt/clickhouse/headwater-store --uid 101 --gid 101 /opt/clickhouse/libchdb.so --config-file=/opt/clickhouse/config.xml --path=/var/lib/clickhouse \
	--query="SYSTEM START LISTEN HTTP; INSERT INTO FUNCTION null('line String') FROM INFILE '/dev/stdin' FORMAT LineAsString" </opt/clickhouse/stdin &
exec 3>/opt/clickhouse/stdin
trap 'exec 3>&-' TERM INT
# The first wait ends with the signal.
wait $! || wait $!
