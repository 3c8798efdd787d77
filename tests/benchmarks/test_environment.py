import subprocess
from pathlib import Path

from benchmarks import environment
from benchmarks.environment import changes, differences, read_environment, required
from system.servers.catalogue import SERVERS


def test_the_machine_is_read_from_what_the_kernel_tells() -> None:
    assert environment.operating_system('NAME="x"\nPRETTY_NAME="Debian 12"\n') == "Debian 12"
    assert environment.cpu_model("processor\t: 0\nmodel name\t: Fast CPU\n") == "Fast CPU"
    assert environment.memory_mib("MemTotal:       24685544 kB\nMemFree: 1 kB\n") == 24106


def test_the_versions_of_kafka_flink_and_statefun_come_from_the_lock_file() -> None:
    lock = "# kind, coordinates\nkafka org.apache.kafka:kafka_2.13:4.1.0 0de0 2062038\nflink a:b:1 00 1\n"
    assert environment.artefact_versions(lock) == {"kafka": "4.1.0"}
    assert {"kafka", "flink", "statefun", "flask"} <= environment.versions().keys()


def test_what_can_change_a_result_is_told_with_both_values() -> None:
    before = read_environment()
    now = before.model_copy(update={"cores": 99, "versions": {**before.versions, "flask": "0"}})
    assert differences(before, before) == []
    assert differences(before, now) == [
        f"cores was {before.cores} and is 99",
        f"flask was {before.versions['flask']} and is 0",
    ]


def test_what_a_package_requires_is_listed_with_it() -> None:
    assert {"flask", "werkzeug", "jinja2", "markupsafe"} <= required(["Flask"])
    assert required(["no-such-package"]) == {"no-such-package"}


def test_every_server_that_is_installed_has_its_version() -> None:
    wanted = {SERVERS.load(name).distribution for name in ("gunicorn-gthread", "granian")}
    assert wanted <= read_environment().versions.keys()


def test_equal_uncommitted_changes_have_one_digest(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        identity = ("-c", "user.name=n", "-c", "user.email=e@example.org")
        subprocess.run(["git", "-C", tmp_path, *identity, *words], check=True, capture_output=True)

    file = tmp_path / "file"
    file.write_text("one")
    git("init")
    git("add", "file")
    git("commit", "-m", "first")
    assert changes(tmp_path) is None
    file.write_text("two")
    edited = changes(tmp_path)
    (tmp_path / "new").write_text("")
    assert len({edited, changes(tmp_path), None}) == 3
    (tmp_path / "new").unlink()
    assert changes(tmp_path) == edited
