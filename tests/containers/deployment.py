"""The containers of docker-compose.yml, under a project name and on ports of their own."""

import json
import time
from dataclasses import dataclass
from typing import Any

from system.processes.ports import free_ports
from tests.containers.engine import Engine
from tests.live_system import eventually, request

SERVICES = ("kafka", "jobmanager", "taskmanager", "functions", "endpoint", "proxy", "locust", "locust-worker")
PROJECT = "statefun-bench-test"
OF_PROJECT = f"com.docker.compose.project={PROJECT}"
UP_WITHIN_S = 240.0
BACK_WITHIN_S = 120.0
STOPS_WITHIN_S = "10"
KILLED = 137
AT_FIRST = {"functions": 2, "endpoint": 2, "locust-worker": 2}


@dataclass(frozen=True)
class Deployment:
    """Running containers: the ports of this machine behind which they answer."""

    engine: Engine
    endpoint: str
    flink: str
    locust: str

    @classmethod
    def on_free_ports(cls, engine: Engine) -> "Deployment":
        """Return one that nothing runs of yet."""
        return cls(engine, *(f"127.0.0.1:{port}" for port in free_ports(3)))

    def compose(self, *arguments: str) -> str:
        """Run compose for this deployment."""
        ports = {"ENDPOINT_PORT": self.endpoint, "FLINK_PORT": self.flink, "LOCUST_PORT": self.locust}
        variables = {name: address.rpartition(":")[2] for name, address in ports.items()}
        return self.engine.call_compose("-p", PROJECT, *arguments, **variables)

    def up(self, **scale: int) -> None:
        """Start what does not run yet, in the numbers of *scale*, and return when a request is answered."""
        numbers = [part for name, count in scale.items() for part in ("--scale", f"{name}={count}")]
        self.compose("up", "--detach", "--no-recreate", *numbers)
        self.await_answer(UP_WITHIN_S)

    def scale_out(self, service: str, count: int) -> None:
        """Start containers of *service* until there are *count*, and leave all others alone."""
        self.compose("up", "--detach", "--no-recreate", "--no-deps", "--scale", f"{service}={count}", service)

    def down(self) -> None:
        """Remove everything of it, volumes too; podman-compose leaves the second of what was scaled out."""
        ids = self.engine.run("ps", "--all", "--quiet", "--filter", f"label={OF_PROJECT}").split()
        if ids:
            self.engine.run("rm", "--force", *ids)
        self.compose("down", "--volumes", "--timeout", STOPS_WITHIN_S)

    def containers(self, service: str) -> list[str]:
        """Return the running containers of *service*, the one that was made first first."""
        of = f"com.docker.compose.service={service}"
        told = self.engine.run(
            "ps", "--filter", f"label={OF_PROJECT}", "--filter", f"label={of}", "--format={{.Names}}"
        )
        return sorted(told.split())

    def kill(self, container: str) -> None:
        """Kill a container, and start it again: not every engine takes that for a case for its policy."""
        self.engine.run("kill", "--signal", "KILL", container)
        eventually(lambda: self.engine.runs("start", container), BACK_WITHIN_S)

    def stop(self, container: str) -> int:
        """Ask a container to stop, and kill it after 10 s; return its exit code."""
        self.engine.run("stop", "--time", STOPS_WITHIN_S, container)
        return int(self.engine.run("inspect", "--format={{.State.ExitCode}}", container))

    def is_healthy(self, container: str) -> bool:
        """Return what the health check of a container says."""
        if self.engine.command == "podman":  # Without systemd, it runs none by itself.
            return self.engine.runs("healthcheck", "run", container)
        return self.engine.run("inspect", "--format={{.State.Health.Status}}", container).strip() == "healthy"

    def await_answer(self, within_s: float) -> None:
        """Return once a request makes the whole round trip."""
        deadline = time.monotonic() + within_s
        while (seen := self._ready()) != 200:
            assert time.monotonic() < deadline, f"not ready in {within_s:g} s; last seen: {seen}"
            time.sleep(0.5)

    def jobs(self) -> set[str]:
        """Return the ids of the jobs that run; a JobManager that was started again gives its job another."""
        return {job["id"] for job in self._flink("/jobs").get("jobs", []) if job["status"] == "RUNNING"}

    def parallelism(self) -> int:
        """Return over how many slots the running job is spread; 0 while it is not running."""
        vertices = [
            vertex for job in self.jobs() for vertex in self._flink(f"/jobs/{job}").get("vertices", [])
        ]
        return max((v["parallelism"] for v in vertices if v["status"] == "RUNNING"), default=0)

    def _ready(self) -> int | str:
        try:
            return request(self.endpoint, "GET", "/readyz")[0]
        except (OSError, json.JSONDecodeError) as error:
            return repr(error)

    def _flink(self, path: str) -> dict[str, Any]:
        """Return what Flink's page says; a JobManager that is starting says nothing, or what is wrong."""
        try:
            told: dict[str, Any] = request(self.flink, "GET", path)[1]
        except OSError:
            return {}
        return told
