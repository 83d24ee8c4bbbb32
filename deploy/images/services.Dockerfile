# ingest, query and migrate: one image, the role is the command. Context: the checkout, after `node deploy/images/stage.mjs`. Any base with glibc 2.36 or later.
# It has no embedded ClickHouse, needs no capability, and runs as nobody's user on a root that may be read-only.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
RUN if ! ldconfig -p | grep -q 'libstdc++\.so\.6'; then \
      apt-get update && apt-get install -y --no-install-recommends libstdc++6 && rm -rf /var/lib/apt/lists/*; \
    fi
COPY deploy/images/build/services/ /opt/headwater/
RUN mkdir -p /var/lib/headwater && chown 65532:65532 /var/lib/headwater && chmod 0700 /var/lib/headwater
ENV PATH=/opt/headwater/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production \
    HEADWATER_DATA_DIR=/var/lib/headwater \
    HEADWATER_LISTEN=0.0.0.0:4400 \
    HEADWATER_METRICS_LISTEN=0.0.0.0:4401
USER 65532:65532
WORKDIR /opt/headwater
EXPOSE 4400 4401
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/opt/headwater/services/headwater/bin/headwater.js"]
CMD ["--help"]
