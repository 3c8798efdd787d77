# One image for all containers: the result of `make setup`, with an unprivileged user.
FROM debian:bookworm-slim

# libnss-myhostname: Flink resolves its own host name, which may have no address during the build.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates curl haproxy libnss-myhostname make python3 python3-venv tini \
    && rm -rf /var/lib/apt/lists/*

# A new volume gets the owner of the folder on which it is mounted.
RUN useradd --create-home --uid 10001 bench \
    && install --directory --owner bench --group bench /app /data /data/kafka /data/checkpoints /data/claims
USER bench
WORKDIR /app

ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    STATEFUN_BENCH_DATA_DIR=/data \
    STATEFUN_BENCH_HOST=0.0.0.0 \
    STATEFUN_BENCH_LOG_TO=stderr

# In the order of change, the rarest first: packages, then jars and class archives, then the rest.
COPY --chown=bench Makefile requirements.lock ./
RUN make packages
COPY --chown=bench system ./system
RUN make setup
COPY --chown=bench loadtests ./loadtests
COPY --chown=bench containers ./containers

# tini forwards signals and reaps orphaned processes.
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "system", "--help"]
