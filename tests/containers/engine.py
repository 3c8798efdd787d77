"""What runs containers on this machine: docker or podman, whichever is there."""

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
BUILD_TAKES_S, ANSWER_TAKES_S = 1200.0, 120.0

ADVICE = (
    "no containers can be run here: install Docker Engine with its compose plugin, or podman "
    "(Debian: apt-get install podman runc netavark aardvark-dns iptables) and podman-compose "
    "(pip install podman-compose, on the PATH)"
)
NO_BASE = (
    f"{BASE} cannot be pulled from here, nor made: install debootstrap, "
    "and run tests/containers/base-image.sh as root"
)


class NoEngine(Exception):
    """Nothing on this machine runs containers; the message says what to install."""


@dataclass(frozen=True)
class Engine:
    """The command that handles containers, the one that reads docker-compose.yml, and what they need."""

    command: str
    compose: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, **variables: str) -> str:
        """Run the engine and return what it says; raise `AssertionError` where it fails."""
        return run((self.command, *arguments), {**self.environment, **variables})

    def runs(self, *arguments: str) -> bool:
        """Return whether the engine does that without a failure."""
        try:
            self.run(*arguments)
        except AssertionError:
            return False
        return True

    def call_compose(self, *arguments: str, **variables: str) -> str:
        """Run compose on our docker-compose.yml and return what it says."""
        return run((*self.compose, *arguments), {**self.environment, **variables}, BUILD_TAKES_S)


def find() -> Engine:
    """Return what is there; raise `NoEngine` where nothing is."""
    for compose in (("docker", "compose"), ("docker-compose",)):
        if answers(*compose, "version") and answers("docker", "info"):
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
    """See to it that the image is there that ours is built on; raise `NoEngine` where it cannot be had."""
    if engine.runs("image", "inspect", BASE) or engine.runs("pull", BASE):
        return
    if engine.command != "podman" or shutil.which("debootstrap") is None:
        raise NoEngine(NO_BASE)
    run((str(HERE / "base-image.sh"),), engine.environment, BUILD_TAKES_S)


def answers(*command: str) -> bool:
    """Return whether *command* is there and ends well."""
    if shutil.which(command[0]) is None:
        return False
    done = subprocess.run(command, capture_output=True, timeout=ANSWER_TAKES_S, check=False)
    return done.returncode == 0


def run(command: Sequence[str], environment: Mapping[str, str], takes_s: float = ANSWER_TAKES_S) -> str:
    """Run *command* in the project's folder and return its output; raise `AssertionError` where it fails."""
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
