"""The container engine of this machine: docker or podman."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
BASE = "docker.io/library/debian:bookworm-slim"
SYSTEMD = Path("/run/systemd/system")
BUILD_TAKES_S, COMMAND_TAKES_S = 1200.0, 120.0

ADVICE = (
    "this machine cannot run containers: install Docker Engine with its compose plugin, or podman "
    "(Debian: apt-get install podman runc netavark aardvark-dns iptables) and podman-compose "
    "(pip install podman-compose, on the PATH)"
)
NO_BASE = (
    f"{BASE} can be neither pulled nor made here: install debootstrap, "
    "and run tests/containers/base-image.sh as root"
)


class NoEngine(Exception):
    """This machine cannot run containers; the message says what to install."""


@dataclass(frozen=True)
class Engine:
    """An engine: its *command*, the *compose* command, and the *environment* of both."""

    command: str
    compose: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, **variables: str) -> str:
        """Run the engine and return its output; raise `AssertionError` if it fails."""
        return run((self.command, *arguments), {**self.environment, **variables})

    def succeeds(self, *arguments: str) -> bool:
        """Return whether the engine runs with these arguments without an error."""
        try:
            self.run(*arguments)
        except AssertionError:
            return False
        return True

    def call_compose(self, *arguments: str, **variables: str) -> str:
        """Run compose on our docker-compose.yml and return its output."""
        return run((*self.compose, *arguments), {**self.environment, **variables}, BUILD_TAKES_S)


def find() -> Engine:
    """Return the engine of this machine; raise `NoEngine` if there is none."""
    for compose in (("docker", "compose"), ("docker-compose",)):
        if works(*compose, "version") and works("docker", "info"):
            return Engine("docker", compose)
    podman_compose = shutil.which("podman-compose")
    if podman_compose is None or shutil.which("podman") is None:
        raise NoEngine(ADVICE)
    if SYSTEMD.exists():
        return Engine("podman", (podman_compose,))
    conf = os.environ.get("CONTAINERS_CONF", str(HERE / "containers.conf"))
    build = "--podman-build-args=--network host --ulimit nofile=4096:4096"
    return Engine("podman", (podman_compose, build), {"CONTAINERS_CONF": conf})


def provide_base(engine: Engine) -> None:
    """Provide the base image of our image; raise `NoEngine` if that is impossible."""
    if engine.succeeds("image", "inspect", BASE) or engine.succeeds("pull", BASE):
        return
    if engine.command != "podman" or shutil.which("debootstrap") is None:
        raise NoEngine(NO_BASE)
    run((str(HERE / "base-image.sh"),), engine.environment, BUILD_TAKES_S)


def works(*command: str) -> bool:
    """Return whether *command* exists and succeeds."""
    if shutil.which(command[0]) is None:
        return False
    done = subprocess.run(command, capture_output=True, timeout=COMMAND_TAKES_S, check=False)
    return done.returncode == 0


def run(command: Sequence[str], environment: Mapping[str, str], takes_s: float = COMMAND_TAKES_S) -> str:
    """Run *command* in the project's folder and return its output; raise `AssertionError` if it fails."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=takes_s,
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    try:
        provide_base(find())
    except NoEngine as error:
        sys.exit(f"error: {error}")
