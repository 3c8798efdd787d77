"""Flink with the StateFun job, as one process or as JobManager and TaskManagers: commands and probes."""

import json
import os
import re
import shutil
import urllib.request
import zipfile
from pathlib import Path

from system.processes.component import READY, Command
from system.runtime import jvm
from system.runtime.flink_config import FlinkSettings, render_flink_conf, render_module
from system.runtime.jvm import Installation

STATEFUN = "org.apache.flink.statefun.flink.core.StatefulFunctionsJob"
JOBMANAGER = "org.apache.flink.container.entrypoint.StandaloneApplicationClusterEntryPoint"
CLI = "org.apache.flink.client.cli.CliFrontend"
TASKMANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"

DIRECT = ("-XX:MaxDirectMemorySize=224m",)
"""The sum of the off-heap and network memory in a TaskManager's settings."""

LOG_READ_BYTES = 4 << 20
"""How much of the log of a start is searched; a job that fails writes some 100 KB a second."""

REFRESH_NAMES = ("-Dsun.net.inetaddr.ttl=1", "-Dsun.net.inetaddr.negative.ttl=1")
"""Java caches the address of a host name for 30 s; a container that was restarted has another address."""

QUIET = {
    "org.apache.flink.runtime.checkpoint.CheckpointCoordinator": "warn",
    "org.apache.flink.configuration.GlobalConfiguration": "warn",
    CLI: "error",
    "org.apache.kafka": "warn",
}
"""Loggers that write a line per checkpoint, warn about a missing YARN, or list every setting."""


def prepare(settings: FlinkSettings) -> None:
    """Write the files of a Flink process. Call it before each start."""
    layout = settings.layout
    shutil.rmtree(settings.scratch, ignore_errors=True)
    for folder in (layout.checkpoints, settings.folder, layout.logs, settings.scratch):
        folder.mkdir(parents=True, exist_ok=True)
    (settings.folder / "flink-conf.yaml").write_text(render_flink_conf(settings))
    _logging(settings).write_text(jvm.render_log4j(QUIET))
    _write_empty_jar(_job_jar(settings))
    _replace(settings.module, render_module(settings))


def embedded(installation: Installation, settings: FlinkSettings, resumed: Path | None) -> Command:
    """Return the command of Flink in one process, which continues from the checkpoint *resumed*."""
    job = ("-c", STATEFUN, str(_job_jar(settings)))
    run = ("run", "-t", "local", *_resume("-s", resumed), *job)
    return _java(installation, settings, (), CLI, *run)


def jobmanager(installation: Installation, settings: FlinkSettings, resumed: Path | None) -> Command:
    """Return the command of the JobManager with the job; it continues as `embedded` does."""
    job = ("--configDir", str(settings.folder), "--job-classname", STATEFUN)
    return _java(installation, settings, (), JOBMANAGER, *job, *_resume("--fromSavepoint", resumed))


def taskmanager(installation: Installation, settings: FlinkSettings) -> Command:
    """Return the command of a TaskManager, which gets its state from the JobManager."""
    return _java(installation, settings, DIRECT, TASKMANAGER, "--configDir", str(settings.folder))


def probe_tasks(web: str, timeout_s: float = 1.0) -> str:
    """Return `READY` if all tasks of the job run, by Flink's REST API at *web*, else their state."""
    jobs = _get(f"{web}/jobs/overview", "jobs", timeout_s)
    return jobs if isinstance(jobs, str) else job_readiness(jobs)


def probe_job(web: str, timeout_s: float = 1.0) -> str:
    """Return `READY` if the JobManager at *web* lists a job, else a description of what it answered."""
    jobs = _get(f"{web}/jobs/overview", "jobs", timeout_s)
    return jobs if isinstance(jobs, str) else READY if jobs else "no job yet"


def probe_taskmanager(web: str, name: str, since_ms: float, timeout_s: float = 1.0) -> str:
    """Return `READY` if the TaskManager called *name* has sent a heartbeat after *since_ms* (Unix time).

    Else return a description. A TaskManager that died stays listed for a while, and its successor has the
    same name; so the name alone is not enough.
    """
    members = _get(f"{web}/taskmanagers", "taskmanagers", timeout_s)
    if isinstance(members, str):
        return members
    # In spite of its name, the value is a point in time.
    heartbeats_ms = {member["id"]: member["timeSinceLastHeartbeat"] for member in members}
    is_registered = float(str(heartbeats_ms.get(name, 0))) >= since_ms
    return READY if is_registered else f"{name} has not registered at {web} yet"


UNREADABLE_STATE = re.compile(rb"Could not restore \w+ state backend|runtime\.checkpoint\.Checkpoints\.load")
"""In Flink's log, the exceptions of a job that cannot read the checkpoint from which it starts."""


def could_not_restore(log: Path | None, offset: int) -> bool:
    """Return whether *log* says after byte *offset* that the job could not read its checkpoint."""
    if log is None or not log.exists():
        return False
    with log.open("rb") as file:
        file.seek(offset)
        return UNREADABLE_STATE.search(file.read(LOG_READ_BYTES)) is not None


def _get(url: str, key: str, timeout_s: float) -> list[dict[str, object]] | str:
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as answer:
            found: list[dict[str, object]] = json.load(answer)[key]
    except (OSError, ValueError, KeyError) as error:
        return f"{url}: {error}"
    return found


def job_readiness(jobs: list[dict[str, object]]) -> str:
    """Return `READY` if all tasks of one of *jobs*, as Flink lists them, run, else a description."""
    seen = [f"job {job['state']}, tasks {_running(job)[0]} of {_running(job)[1]} running" for job in jobs]
    ready = any(running == total > 0 for running, total in map(_running, jobs))
    return READY if ready else "; ".join(seen) or "no job yet"


def _running(job: dict[str, object]) -> tuple[int, int]:
    tasks = job["tasks"]
    return (int(tasks["running"]), int(tasks["total"])) if isinstance(tasks, dict) else (0, 0)


def _java(installation: Installation, settings: FlinkSettings, more: tuple[str, ...], *main: str) -> Command:
    log = settings.layout.logs / f"{settings.name}.log"
    flags = (
        f"-Xmx{settings.heap_mib}m",
        f"-Djava.io.tmpdir={settings.scratch}",
        f"-Dlog4j2.configurationFile={_logging(settings)}",
        f"-Dlog.file={log}",  # Flink's web page shows this file.
        *REFRESH_NAMES,
        *more,
        *_OPENED,
    )
    java = jvm.arguments(installation, "flink", settings.layout.logs, settings.tier, flags)
    environment = jvm.environment(installation, "flink") | {"FLINK_CONF_DIR": str(settings.folder)}
    return Command((*java, *main), log, environment)


def _resume(option: str, checkpoint: Path | None) -> tuple[str, ...]:
    return (option, f"file://{checkpoint}") if checkpoint else ()


def _replace(file: Path, text: str) -> None:
    # Atomically, because another process of the cluster may be reading the file.
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_text(text)
    draft.replace(file)


def _write_empty_jar(file: Path) -> None:
    # Flink's command line requires a job jar and copies it at each start. The job is on the class path
    # already, so an empty jar suffices, and 107 MB are not copied.
    with zipfile.ZipFile(file, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")


def _job_jar(settings: FlinkSettings) -> Path:
    return settings.folder / "job.jar"


def _logging(settings: FlinkSettings) -> Path:
    return settings.folder / "log4j2.properties"


def _open(kind: str, packages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"--add-{kind}={package}=ALL-UNNAMED" for package in packages)


# Flink 1.16 accesses these packages by reflection, which Java 17 forbids by default.
_OPENED = (
    *_open(
        "exports",
        ("java.base/sun.net.util", "java.rmi/sun.rmi.registry", "java.security.jgss/sun.security.krb5"),
    ),
    *_open(
        "opens",
        (
            *(
                "java.base/java.lang",
                "java.base/java.lang.reflect",
                "java.base/java.net",
                "java.base/java.io",
            ),
            *("java.base/java.nio", "java.base/sun.nio.ch", "java.base/java.text", "java.base/java.time"),
            *("java.base/java.util", "java.base/java.util.concurrent"),
            *("java.base/java.util.concurrent.atomic", "java.base/java.util.concurrent.locks"),
        ),
    ),
)
