"""Flink with the StateFun job: in one Java process, or as a JobManager and TaskManagers."""

import json
import os
import shutil
import urllib.request
import zipfile
from pathlib import Path

from system.processes.component import READY, Command
from system.runtime import checkpoints, jvm
from system.runtime.flink_config import FlinkSettings, render, render_module
from system.runtime.layout import Layout
from system.setup.installation import Installation

STATEFUN = "org.apache.flink.statefun.flink.core.StatefulFunctionsJob"
JOBMANAGER = "org.apache.flink.container.entrypoint.StandaloneApplicationClusterEntryPoint"
TASKMANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"

DIRECT = ("-XX:MaxDirectMemorySize=224m",)
"""The off-heap memory of tasks and framework, and the network's, of a TaskManager's settings."""

NAMES_FRESH = ("-Dsun.net.inetaddr.ttl=1", "-Dsun.net.inetaddr.negative.ttl=1")
"""Java keeps what a host's name was resolved to for 30 s; a container that comes back has a new address."""

QUIET = {
    "org.apache.flink.runtime.checkpoint.CheckpointCoordinator": "warn",
    "org.apache.flink.configuration.GlobalConfiguration": "warn",
    "org.apache.flink.client.cli.CliFrontend": "error",
    "org.apache.kafka": "warn",
}
"""Loggers that would write a line for each checkpoint, warn of a missing YARN, or list every setting."""


def prepare(settings: FlinkSettings) -> None:
    """Render the files of a Flink process; to be called before each start."""
    layout = settings.layout
    shutil.rmtree(settings.scratch, ignore_errors=True)
    for folder in (layout.checkpoints, settings.folder, layout.logs, settings.scratch):
        folder.mkdir(parents=True, exist_ok=True)
    (settings.folder / "flink-conf.yaml").write_text(render(settings))
    _logging(settings).write_text(jvm.render_log4j(QUIET))
    _write_empty_jar(_job_jar(settings))
    _replace(settings.module, render_module(settings))


def embedded(installation: Installation, settings: FlinkSettings) -> Command:
    """Return what starts all of Flink from its newest complete checkpoint; ask anew for each start."""
    told = (*_resume("-s", settings.layout), *("-c", STATEFUN, str(_job_jar(settings))))
    return _java(
        installation, settings, (), "org.apache.flink.client.cli.CliFrontend", "run", "-t", "local", *told
    )


def jobmanager(installation: Installation, settings: FlinkSettings) -> Command:
    """Return what starts the JobManager with the job; it resumes as `embedded` does."""
    told = ("--configDir", str(settings.folder), "--job-classname", STATEFUN)
    return _java(installation, settings, (), JOBMANAGER, *told, *_resume("--fromSavepoint", settings.layout))


def taskmanager(installation: Installation, settings: FlinkSettings) -> Command:
    """Return what starts a TaskManager, which gets its state from the JobManager's checkpoint."""
    return _java(installation, settings, DIRECT, TASKMANAGER, "--configDir", str(settings.folder))


def probe(web: str, timeout_s: float = 1.0) -> str:
    """Return `READY` if the job behind the page at *web* has all tasks running, else what was seen."""
    told = _ask(f"{web}/jobs/overview", "jobs", timeout_s)
    return told if isinstance(told, str) else judge(told)


def probe_job(web: str, timeout_s: float = 1.0) -> str:
    """Return `READY` if the JobManager behind the page at *web* lists a job, else what was seen."""
    told = _ask(f"{web}/jobs/overview", "jobs", timeout_s)
    return told if isinstance(told, str) else READY if told else "no job yet"


def probe_member(web: str, name: str, since_ms: float, timeout_s: float = 1.0) -> str:
    """Return `READY` if the TaskManager called *name* has been heard of *since_ms*, else what was seen.

    One that died is listed for a while, under the name that its successor has.
    """
    told = _ask(f"{web}/taskmanagers", "taskmanagers", timeout_s)
    if isinstance(told, str):
        return told
    heard = {member["id"]: member["timeSinceLastHeartbeat"] for member in told}  # It is a point in time.
    return READY if float(str(heard.get(name, 0))) >= since_ms else f"{web} has not heard of {name} yet"


def _ask(url: str, key: str, timeout_s: float) -> list[dict[str, object]] | str:
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as answer:
            found: list[dict[str, object]] = json.load(answer)[key]
    except (OSError, ValueError, KeyError) as error:
        return f"{url}: {error}"
    return found


def judge(jobs: list[dict[str, object]]) -> str:
    """Return `READY` if one of *jobs*, as Flink lists them, has all tasks running, else their progress."""
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
        f"-Dlog.file={log}",  # What Flink's page shows as its log.
        *NAMES_FRESH,
        *more,
        *_OPENED,
    )
    java = jvm.arguments(installation, "flink", settings.layout.logs, settings.tier, flags)
    environment = jvm.environment(installation, "flink") | {"FLINK_CONF_DIR": str(settings.folder)}
    return Command((*java, *main), log, environment)


def _resume(option: str, layout: Layout) -> tuple[str, ...]:
    checkpoints.discard_superseded(layout.checkpoints)
    last = checkpoints.newest(checkpoints.complete(layout.checkpoints))
    return (option, f"file://{checkpoints.path(layout.checkpoints, last)}") if last else ()


def _replace(file: Path, text: str) -> None:
    # Another process of the same cluster may be reading it.
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_text(text)
    draft.replace(file)


def _write_empty_jar(file: Path) -> None:
    # The command line insists on a job jar and copies it at each start. The job is on the class path, so that
    # an empty jar does, and 107 MB need not be copied.
    with zipfile.ZipFile(file, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")


def _job_jar(settings: FlinkSettings) -> Path:
    return settings.folder / "job.jar"


def _logging(settings: FlinkSettings) -> Path:
    return settings.folder / "log4j2.properties"


def _open(kind: str, packages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"--add-{kind}={package}=ALL-UNNAMED" for package in packages)


# Flink 1.16 reaches into these, which Java 17 forbids unless told.
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
