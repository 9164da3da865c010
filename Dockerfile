# One image for the pages, the workers, the schedule and the migrations; compose.yaml says which command each runs.
# Nothing secret goes in: settings come from the environment of the container (docs/settings.md).
FROM python:3.13-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
# Every package at its locked version and with the hash that the lock knows, or the build fails.
RUN /opt/venv/bin/pip install --require-hashes --only-binary :all: -r /tmp/requirements.txt

FROM python:3.13-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    OPENLINE_EMBEDDED=false \
    OPENLINE_DATA_DIR=/data \
    OPENLINE_BIND=0.0.0.0:8000
# The number is fixed, so that the folder of the chat log can be given to it on every machine.
RUN groupadd --gid 10001 openline \
    && useradd --uid 10001 --gid openline --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin openline \
    && install --directory --owner=openline --group=openline /data
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/openline
COPY manage.py gunicorn.conf.py ./
COPY shops shops
COPY governance governance
COPY complaints complaints
COPY templates templates
COPY static static
COPY locale locale
# Static files are collected and byte code is written once, here, where no key and no database is needed.
RUN OPENLINE_EMBEDDED=true OPENLINE_DATA_DIR=/tmp/build python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q shops governance complaints \
    && rm -rf /tmp/build
USER openline
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["gunicorn"]
