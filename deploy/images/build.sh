#!/bin/sh
# Builds the images out of a built checkout (npm run setup). BASE: another base image; TAG: default the version; REPOSITORY: default headwater.
set -eu
cd "$(dirname "$0")/../.."
tag=${TAG:-$(sed -n 's/.*"version": "\([^"]*\)".*/\1/p' package.json | head -1)}
# The product's own Node goes into the images.
PATH="$PWD/node_modules/.bin:$PATH" node deploy/images/stage.mjs
images="agent services"
if [ -f grafana-plugin/dist/plugin.json ]; then images="$images plugin"; else echo "no plugin image: grafana-plugin is not built" >&2; fi
for image in $images; do
	# Nothing in here needs buildx, which is not everywhere.
	DOCKER_BUILDKIT=${DOCKER_BUILDKIT:-0} docker build -q ${BASE:+--build-arg "BASE=$BASE"} -f "deploy/images/$image.Dockerfile" \
		-t "${REPOSITORY:-headwater}/$image:$tag" .
done
