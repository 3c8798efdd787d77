# One image for every container: what `make setup` makes on a host, under a user of its own.
FROM debian:bookworm-slim

# libnss-myhostname: Flink asks for the address of its own name, which a container that is being built may lack.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates curl haproxy libnss-myhostname make python3 python3-venv tini \
    && rm -rf /var/lib/apt/lists/*

# A volume takes over the owner of the folder that it is mounted on.
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

# What changes least comes first: packages, then jars and class archives, then what needs neither.
COPY --chown=bench Makefile requirements.lock ./
RUN make packages
COPY --chown=bench system ./system
RUN make setup
COPY --chown=bench loadtests ./loadtests
COPY --chown=bench containers ./containers

# It passes signals on, and buries the processes whose parents died.
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "system", "--help"]
