import pytest

from tests.reports import golden


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return golden.rendered(tmp_path_factory.mktemp("run"))


@pytest.mark.parametrize("name", ["report.html", "report.md", "report.csv"])
def test_a_fixed_run_renders_as_it_did(rendered: dict[str, str], name: str) -> None:
    assert rendered[name].splitlines() == (golden.FOLDER / name).read_text().splitlines()


def test_no_golden_file_is_left_over() -> None:
    assert {file.name for file in golden.FOLDER.iterdir()} == {"report.html", "report.md", "report.csv"}
