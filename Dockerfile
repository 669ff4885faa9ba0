# One image for web server and worker. Node is only needed to bundle the front end.
FROM node:22-bookworm-slim AS frontend
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY frontend frontend
COPY archive_service/web archive_service/web
RUN npm run build

FROM python:3.12-slim-bookworm
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY . .
COPY --from=frontend /src/archive_service/web/static/dist archive_service/web/static/dist
RUN pybabel compile -d archive_service/translations \
    && pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && useradd --create-home --uid 1000 archive && mkdir /data && chown archive /data
USER archive
ENV ARCHIVE_DATA_DIR=/data ARCHIVE_HOST=0.0.0.0
EXPOSE 8000
CMD ["archive", "up"]
