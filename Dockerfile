# The router and the demo subgraphs.  docker build -t olympus-router .
FROM python:3.13-slim-bookworm AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/olympus
# The locked dependencies change less often than the code: they have a layer of their own.
COPY requirements-image.lock ./
RUN /opt/olympus/bin/pip install --require-hashes -r requirements-image.lock
COPY pyproject.toml README.md LICENSE ./
COPY router router
COPY subgraphs subgraphs
COPY schema schema
RUN pip wheel --no-deps --wheel-dir /wheels . && /opt/olympus/bin/pip install --no-deps /wheels/*.whl

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /srv/olympus olympus
COPY --from=build /opt/olympus /opt/olympus
COPY schema /srv/olympus/schema
ENV PATH=/opt/olympus/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# By number: Kubernetes' runAsNonRoot believes no name.
USER 10001
WORKDIR /srv/olympus
STOPSIGNAL SIGTERM
EXPOSE 4000
# Ready means: a supergraph is loaded.  A subgraph's container asks its own address instead (compose.yaml).
ENV HEALTH_URL=http://127.0.0.1:4000/health/ready
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=6 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(os.environ['HEALTH_URL'], timeout=2)"]
CMD ["olympus", "serve", "--config", "schema/olympus.yaml", "--host", "0.0.0.0"]
