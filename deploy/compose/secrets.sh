#!/bin/sh
# Makes the secrets of compose.yaml that are missing: random, in ./secrets. The folder is its owner's alone; the files in it can be read by those who get to them, since
# containers see them as they are and run as other users.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)/secrets
mkdir -p "$folder"
chmod 0700 "$folder"
for name in clickhouse_password headwater_token grafana_password; do
	[ -s "$folder/$name" ] && continue
	head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$folder/$name"
	chmod 0444 "$folder/$name"
done
