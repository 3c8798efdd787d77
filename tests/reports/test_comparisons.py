import json
from pathlib import Path

import pytest

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
    other = run.model_copy(update={"reference": list(RATES)[reference]})
    assert compared_with(summarise(run, trials), reference) == table_words(summarise(other, trials))


def test_the_reasons_for_another_reference_are_complete(stored: tuple[Run, list[Trial]]) -> None:
    summary = summarise(*stored)
    document = json.loads(comparisons_json(summary))
    _, places, _ = document["against"][0][1]
    assert "; ".join(document["phrases"][place] for place in places) == summary.references["slow"].reason(
        "fast"
    )


def test_a_rank_counts_the_cells_that_are_shown_to_be_faster(stored: tuple[Run, list[Trial]]) -> None:
    ranks = {row.cell.name: (row.rank, row.shared_rank) for row in summarise(*stored).rows}
    assert ranks == {"slow": (4, False), "fast": (2, True), "faster": (1, False), "as fast": (2, True)}


def test_a_cell_whose_ledger_does_not_balance_has_no_rank(stored: tuple[Run, list[Trial]]) -> None:
    run, trials = stored
    spoilt = [spoil(trial) if trial.cell == "faster" and trial.block == 0 else trial for trial in trials]
    rows = {row.cell.name: row for row in summarise(run, spoilt).rows}
    assert rows["faster"].rank is None
    assert rows["faster"].ledger.word == "does not balance"
    assert rows["fast"].rank == 1


def test_a_second_entry_of_a_cell_is_not_ranked_and_shows_the_noise(tmp_path: Path) -> None:
    rates = {"slow": 100.0, "fast": 2000.0, "fast (A/A)": 2100.0}
    summary = summarise(read_run(made_up_run.write(tmp_path, rates)), read_trials(tmp_path))
    assert headline(summary.run, summary.metric, summary.blocks, summary.ranks).startswith(
        "fast has the highest throughput"
    )
    assert [row.rank for row in summary.rows] == [2, 1, None]
    assert summary.reference.word("fast (A/A)") == "A/A control"
    assert "The grey band is the noise" in explanation(summary)


def spoil(trial: Trial) -> Trial:
    assert trial.ledger
    ledger = trial.ledger.model_copy(update={"verdict": "invalid", "doubled": 1})
    return trial.model_copy(
        update={"valid": False, "failure": "an update was applied twice", "ledger": ledger}
    )
