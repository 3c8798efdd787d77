"""The containers of docker-compose.yml, under their own project name and on free ports."""

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
INITIAL_SCALE = {"functions": 2, "endpoint": 2, "locust-worker": 2}


@dataclass(frozen=True)
class Deployment:
    """Running containers, with the addresses on this machine where they answer (HOST:PORT)."""

    engine: Engine
    endpoint: str
    flink: str
    locust: str

    @classmethod
    def on_free_ports(cls, engine: Engine) -> "Deployment":
        """Return a deployment that is not started yet."""
        return cls(engine, *(f"127.0.0.1:{port}" for port in free_ports(3)))

    def compose(self, *arguments: str) -> str:
        """Run compose for this deployment."""
        ports = {"ENDPOINT_PORT": self.endpoint, "FLINK_PORT": self.flink, "LOCUST_PORT": self.locust}
        variables = {name: address.rpartition(":")[2] for name, address in ports.items()}
        return self.engine.call_compose("-p", PROJECT, *arguments, **variables)

    def up(self, **scale: int) -> None:
        """Start what does not run yet, scaled as in *scale*, and return when a request is answered."""
        numbers = [part for name, count in scale.items() for part in ("--scale", f"{name}={count}")]
        self.compose("up", "--detach", "--no-recreate", *numbers)
        self.await_answer(UP_WITHIN_S)

    def scale_out(self, service: str, count: int) -> None:
        """Start containers of *service* until there are *count*; all others stay as they are."""
        self.compose("up", "--detach", "--no-recreate", "--no-deps", "--scale", f"{service}={count}", service)

    def down(self) -> None:
        """Remove all containers and volumes; podman-compose alone leaves scaled-out containers."""
        ids = self.engine.run("ps", "--all", "--quiet", "--filter", f"label={OF_PROJECT}").split()
        if ids:
            self.engine.run("rm", "--force", *ids)
        self.compose("down", "--volumes", "--timeout", STOPS_WITHIN_S)

    def containers(self, service: str) -> list[str]:
        """Return the names of the running containers of *service*, the oldest first."""
        of = f"com.docker.compose.service={service}"
        names = self.engine.run(
            "ps", "--filter", f"label={OF_PROJECT}", "--filter", f"label={of}", "--format={{.Names}}"
        )
        return sorted(names.split())

    def kill(self, container: str) -> None:
        """Kill a container and start it again; not every engine applies a restart policy to a kill."""
        self.engine.run("kill", "--signal", "KILL", container)
        eventually(lambda: self.engine.succeeds("start", container), BACK_WITHIN_S)

    def stop(self, container: str) -> int:
        """Stop a container, by SIGKILL after 10 s; return its exit code."""
        self.engine.run("stop", "--time", STOPS_WITHIN_S, container)
        return int(self.engine.run("inspect", "--format={{.State.ExitCode}}", container))

    def is_healthy(self, container: str) -> bool:
        """Return whether the health check of a container succeeds."""
        if self.engine.command == "podman":  # Without systemd, podman does not run health checks by itself.
            return self.engine.succeeds("healthcheck", "run", container)
        return self.engine.run("inspect", "--format={{.State.Health.Status}}", container).strip() == "healthy"

    def await_answer(self, within_s: float) -> None:
        """Return once a request makes the whole round trip."""
        deadline = time.monotonic() + within_s
        while (seen := self._ready()) != 200:
            assert time.monotonic() < deadline, f"not ready in {within_s:g} s; last seen: {seen}"
            time.sleep(0.5)

    def jobs(self) -> set[str]:
        """Return the ids of the running jobs; a restarted JobManager gives its job a new id."""
        return {job["id"] for job in self._flink("/jobs").get("jobs", []) if job["status"] == "RUNNING"}

    def parallelism(self) -> int:
        """Return the parallelism of the running job, 0 while none runs."""
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
        """Return the answer of Flink's REST API, or {} while the JobManager does not answer."""
        try:
            answer: dict[str, Any] = request(self.flink, "GET", path)[1]
        except OSError:
            return {}
        return answer
