import subprocess
import sys
from pathlib import Path

import pytest

from tests.reports import made_up_run

RATES = {"granian x confluent-kafka": 200.0, "granian x kafka-python": 150.0}


def call(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "reports", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def test_a_run_is_rendered_as_page_markdown_and_csv(tmp_path: Path) -> None:
    done = call(made_up_run.write(tmp_path, RATES))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{tmp_path / 'report.html'}\n", "")
    for name in ("report.html", "report.md", "report.csv"):
        assert "granian x kafka-python" in (tmp_path / name).read_text()


@pytest.mark.parametrize(
    "arguments",
    [["nowhere"], ["index", "nowhere"], [], ["--colour", "red", "nowhere"], ["nowhere", "--figures"]],
    ids=" ".join,
)
def test_wrong_usage_is_one_line_and_exit_code_2(tmp_path: Path, arguments: list[str]) -> None:
    done = call(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: ")


def test_a_run_whose_reference_is_unknown_is_refused(tmp_path: Path) -> None:
    made_up_run.write(tmp_path, RATES)
    file = tmp_path / "run.json"
    file.write_text(file.read_text().replace('"reference": "granian', '"reference": "other'))
    done = call(tmp_path)
    assert done.returncode == 2
    assert "the reference 'other x confluent-kafka' is no cell of the run" in done.stderr
