import json
from pathlib import Path

import pytest

from benchmarks.results.judge.ranks import RankInterval
from benchmarks.results.store.files import read_run, read_trials
from benchmarks.results.store.schema import Run
from benchmarks.results.store.trial_schema import Trial
from reports.charts.ratios import explanation
from reports.decision_table import comparisons_json, table_rows
from reports.headline import headline
from reports.run_summary import RunSummary, summarise
from tests.reports import made_up_run

RATES = {"slow": 100.0, "fast": 2000.0, "faster": 2600.0, "as fast": 2000.0}


@pytest.fixture
def stored(tmp_path: Path) -> tuple[Run, list[Trial]]:
    folder = made_up_run.write(tmp_path, RATES, blocks=8)
    return read_run(folder), read_trials(folder)


def table_words(summary: RunSummary) -> list[tuple[str, list[tuple[str, str]]]]:
    rows = table_rows(summary)
    return [(row.word, [(one.ratio, one.ratio_ends) for one in row.values]) for row in rows]


def compared_with(summary: RunSummary, reference: int) -> list[tuple[str, list[tuple[str, str]]]]:
    found = json.loads(comparisons_json(summary))["against"][reference]
    return [(word, [(ratio, ends) for ratio, ends in ratios]) for word, _, ratios in found]


@pytest.mark.parametrize("reference", range(len(RATES)))
def test_another_reference_gives_the_table_of_a_run_with_that_reference(
    stored: tuple[Run, list[Trial]], reference: int
) -> None:
    run, trials = stored
    summary = summarise(run, trials)
    other = run.model_copy(update={"reference": summary.rows[reference].cell.name})
    assert compared_with(summary, reference) == table_words(summarise(other, trials))


def test_the_reasons_for_another_reference_are_complete(stored: tuple[Run, list[Trial]]) -> None:
    summary = summarise(*stored)
    document = json.loads(comparisons_json(summary))
    slow, fast = (document["cells"].index(name) for name in ("slow", "fast"))
    _, places, _ = document["against"][slow][fast]
    assert "; ".join(document["phrases"][place] for place in places) == summary.references["slow"].reason(
        "fast"
    )


def test_rows_are_ordered_by_rank_which_is_a_range(stored: tuple[Run, list[Trial]]) -> None:
    rows = {row.cell: row.rank for row in table_rows(summarise(*stored))}
    assert rows == {"faster": "1", "as fast": "2 to 3", "fast": "2 to 3", "slow": "4"}
    assert list(rows)[::3] == ["faster", "slow"]


def test_an_invalid_cell_has_no_ratio_and_cannot_be_the_reference(stored: tuple[Run, list[Trial]]) -> None:
    run, trials = stored
    spoilt = [spoil(trial) if trial.cell == "faster" and trial.block == 0 else trial for trial in trials]
    summary = summarise(run, spoilt)
    assert summary.reference.ratios["throughput"]["faster"] is None
    assert json.loads(comparisons_json(summary))["against"][-1] is None
    assert [row.cell for row in table_rows(summary) if not row.is_reference] == ["faster"]


def test_a_cell_whose_ledger_does_not_balance_has_no_rank(stored: tuple[Run, list[Trial]]) -> None:
    run, trials = stored
    spoilt = [spoil(trial) if trial.cell == "faster" and trial.block == 0 else trial for trial in trials]
    rows = {row.cell.name: row for row in summarise(run, spoilt).rows}
    assert rows["faster"].rank is None
    assert rows["faster"].ledger.word == "does not balance"
    assert rows["fast"].rank == RankInterval(1, 2)


def test_a_second_entry_of_a_cell_is_not_ranked_and_shows_the_noise(tmp_path: Path) -> None:
    rates = {"slow": 100.0, "fast": 2000.0, "fast (A/A)": 2100.0}
    summary = summarise(read_run(made_up_run.write(tmp_path, rates)), read_trials(tmp_path))
    assert headline(summary.run, summary.metric, summary.analysis.ranking).startswith(
        "fast has the highest throughput"
    )
    assert [(row.cell.name, row.rank) for row in summary.rows] == [
        ("fast", RankInterval(1, 1)),
        ("fast (A/A)", None),
        ("slow", RankInterval(2, 2)),
    ]
    assert summary.reference.word("fast (A/A)") == "A/A control"
    assert summary.analysis.control is not None
    assert f"The grey band is the 95 % interval ({summary.analysis.control.low:.3g}×" in explanation(summary)


def spoil(trial: Trial) -> Trial:
    assert trial.ledger
    ledger = trial.ledger.model_copy(update={"verdict": "invalid", "doubled": 1})
    return trial.model_copy(
        update={"valid": False, "failure": "an update was applied twice", "ledger": ledger}
    )
