# The built Grafana plugin, for an init container: it copies the plugin into the folder of plugins that Grafana reads. Context: the checkout, with grafana-plugin/dist.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
COPY grafana-plugin/dist/ /plugin/headwater-app/
USER 65532:65532
CMD ["cp", "-R", "/plugin/headwater-app", "/plugins/"]
