"""Flink with the StateFun job, both in one Java process."""

import json
import shutil
import urllib.request
import zipfile
from pathlib import Path

from system.runtime import checkpoints, jvm, log4j
from system.runtime.command import Command
from system.runtime.component import READY
from system.runtime.flink_config import FlinkSettings, render, render_module
from system.runtime.installation import Installation
from system.runtime.layout import Layout

STATEFUN = "org.apache.flink.statefun.flink.core.StatefulFunctionsJob"

QUIET = {
    "org.apache.flink.runtime.checkpoint.CheckpointCoordinator": "warn",
    "org.apache.flink.configuration.GlobalConfiguration": "warn",
    "org.apache.flink.client.cli.CliFrontend": "error",
    "org.apache.kafka": "warn",
}
"""Loggers that would write a line for each checkpoint, warn of a missing YARN, or list every setting."""


def prepare(settings: FlinkSettings) -> None:
    """Render Flink's files and delete what no start can need; to be called before each start."""
    layout = settings.layout
    shutil.rmtree(layout.scratch, ignore_errors=True)
    for folder in (layout.checkpoints, layout.settings, layout.logs, layout.scratch):
        folder.mkdir(parents=True, exist_ok=True)
    (layout.settings / "flink-conf.yaml").write_text(render(settings))
    (layout.settings / "module.yaml").write_text(render_module(settings))
    _logging(layout).write_text(log4j.render(QUIET))
    _write_empty_jar(_job_jar(layout))
    checkpoints.discard_superseded(layout.checkpoints)


def command(installation: Installation, settings: FlinkSettings) -> Command:
    """Return what starts Flink from its newest complete checkpoint; ask anew for each start."""
    layout = settings.layout
    arguments = (
        *jvm.arguments(installation, "flink", layout.logs, settings.tier, _flags(settings)),
        *("org.apache.flink.client.cli.CliFrontend", "run", "-t", "local"),
        *_resume(layout),
        *("-c", STATEFUN, str(_job_jar(layout))),
    )
    environment = jvm.environment(installation, "flink") | {"FLINK_CONF_DIR": str(layout.settings)}
    return Command(arguments, _log(layout), environment)


def probe(port: int, timeout_s: float = 1.0) -> str:
    """Return `READY` if the job behind the web page on *port* has all tasks running, else what was seen."""
    url = f"http://127.0.0.1:{port}/jobs/overview"
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as answer:
            jobs = json.load(answer)["jobs"]
    except (OSError, ValueError, KeyError) as error:
        return f"{url}: {error}"
    return judge(jobs)


def judge(jobs: list[dict[str, object]]) -> str:
    """Return `READY` if one of *jobs*, as Flink lists them, has all tasks running, else their progress."""
    seen = [f"job {job['state']}, tasks {_running(job)[0]} of {_running(job)[1]} running" for job in jobs]
    ready = any(running == total > 0 for running, total in map(_running, jobs))
    return READY if ready else "; ".join(seen) or "no job yet"


def _running(job: dict[str, object]) -> tuple[int, int]:
    tasks = job["tasks"]
    return (int(tasks["running"]), int(tasks["total"])) if isinstance(tasks, dict) else (0, 0)


def _flags(settings: FlinkSettings) -> tuple[str, ...]:
    logging = f"-Dlog4j2.configurationFile={_logging(settings.layout)}"
    scratch = f"-Djava.io.tmpdir={settings.layout.scratch}"
    shown = f"-Dlog.file={_log(settings.layout)}"  # What Flink's page shows as its log.
    return (f"-Xmx{settings.heap_mib}m", scratch, logging, shown, *_OPENED)


def _resume(layout: Layout) -> tuple[str, ...]:
    last = checkpoints.newest(checkpoints.complete(layout.checkpoints))
    return ("-s", f"file://{checkpoints.path(layout.checkpoints, last)}") if last else ()


def _write_empty_jar(file: Path) -> None:
    # The command line insists on a job jar and copies it at each start. The job is on the class path, so that
    # an empty jar does, and 107 MB need not be copied.
    with zipfile.ZipFile(file, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")


def _job_jar(layout: Layout) -> Path:
    return layout.settings / "job.jar"


def _log(layout: Layout) -> Path:
    return layout.logs / "flink.log"


def _logging(layout: Layout) -> Path:
    return layout.settings / "flink-log4j2.properties"


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
