# The node agent. Context: the checkout, after `node deploy/images/stage.mjs`. Any base with glibc 2.36 or later and either libbpf 1 or apt.
# It runs as root without root's rights: capabilities are by name, and where it is started (deploy/compose, deploy/helm). A user of another id would have none of
# them, since neither Docker nor Kubernetes gives ambient capabilities.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
RUN if ! ldconfig -p | grep -q 'libbpf\.so\.1'; then \
      apt-get update && apt-get install -y --no-install-recommends libbpf1 libstdc++6 && rm -rf /var/lib/apt/lists/*; \
    fi
COPY deploy/images/build/agent/ /opt/headwater/
RUN mkdir -p /var/lib/headwater
ENV PATH=/opt/headwater/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production \
    HEADWATER_DATA_DIR=/var/lib/headwater \
    HEADWATER_METRICS_LISTEN=127.0.0.1:4401
WORKDIR /opt/headwater
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["node", "/opt/headwater/bin/healthcheck.mjs", "agent"]
ENTRYPOINT ["node", "/opt/headwater/services/headwater/bin/headwater.js"]
CMD ["agent"]
