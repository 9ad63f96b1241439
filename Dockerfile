# The collector, as docker-compose.yml runs it: any `turnspan` command works.
FROM python:3.13-slim

WORKDIR /src
COPY . .
RUN pip install --no-cache-dir ".[collector]" && rm -rf /src

# The database is elsewhere; nothing here needs to be root or to be kept.
RUN useradd --uid 10001 --create-home turnspan
USER turnspan
WORKDIR /home/turnspan

# Open to whoever reaches the container, so it starts with TLS or tokens, or with
# --insecure-listen on where the ports are published to this machine alone.
EXPOSE 4317 4318 8321 8888 13133
ENTRYPOINT ["turnspan"]
CMD ["collector", "--host", "0.0.0.0"]
