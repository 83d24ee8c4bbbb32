# Prometheus and Alertmanager of Debian, in place of prom/prometheus and prom/alertmanager: their entry points, folders and user.
ARG BASE=debian:bookworm-slim
FROM ${BASE} AS programs
RUN apt-get update \
 && apt-get install -y --no-install-recommends prometheus prometheus-alertmanager \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o nobody -g nogroup /prometheus /alertmanager

FROM programs AS prometheus
USER nobody
WORKDIR /prometheus
ENTRYPOINT ["/usr/bin/prometheus"]

FROM programs AS alertmanager
USER nobody
WORKDIR /alertmanager
ENTRYPOINT ["/usr/bin/prometheus-alertmanager"]
