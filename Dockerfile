# The service without a database of its own. Keys first, then the schema, then the service:
#
#   docker build -t yimen .
#   docker run --rm yimen yimen keys > yimen.env        # YIMEN_JWT_SECRET, YIMEN_PERSONAL_DATA_KEYS, …_INDEX_KEY
#   echo 'YIMEN_DATABASE_URL=postgresql+asyncpg://user:password@host:5432/yimen' >> yimen.env
#   docker run --rm --env-file yimen.env yimen yimen db upgrade
#   docker run -d --env-file yimen.env -p 8000:8000 yimen
#
# `yimen db upgrade` is run again before each new version is started; the service refuses an old schema.

FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/yimen
WORKDIR /build
COPY requirements.lock ./
RUN /opt/yimen/bin/pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml ./
COPY src ./src
RUN /opt/yimen/bin/pip install --no-deps --no-build-isolation .

FROM python:3.12-slim
# Fonts for papers as PDF: Song type with all common characters, and the rare ones that names need.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-noto-cjk fonts-hanazono \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin yimen
COPY --from=build /opt/yimen /opt/yimen
WORKDIR /app
COPY alembic.ini ./
COPY migrations ./migrations
COPY openapi ./openapi
# An empty database URL is refused at start: nothing falls back to the embedded demo in a container.
ENV PATH=/opt/yimen/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    YIMEN_DATABASE_URL= \
    YIMEN_HOST=0.0.0.0 \
    YIMEN_PORT=8000
USER yimen
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['YIMEN_PORT']), timeout=3); c.request('GET', '/livez'); sys.exit(c.getresponse().status != 200)"]
CMD ["yimen", "serve"]
