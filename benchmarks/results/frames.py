"""A stored run as tidy pandas tables; `benchmarks.results.columns` has their columns."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.results.columns import PROBES, REQUESTS, TRIALS, USAGE, Column
from benchmarks.results.judge.metrics import cpu_ms_per_request
from benchmarks.results.judge.window import Samples
from benchmarks.results.store.files import UnreadableError, read_probes, read_run, read_trials
from benchmarks.results.store.schema import Cell, Load, Run
from benchmarks.results.store.trial_schema import Probe, Trial
from loadtests.measurement.samples import HOPS, ROUTES, lag_ms, response_ms, service_ms, succeeded, within

NS_PER_S = 1e9
AS_STORED = ("number", "operation", "status", "user", "answered", "amount", "credit")
"""Columns of the samples that the table of requests takes over."""


@dataclass(frozen=True)
class RunFrames:
    """The tables of one run, each made when it is first asked for; `requests` is large."""

    folder: Path
    run: Run
    stored_trials: Sequence[Trial]
    stored_probes: Sequence[Probe]

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row per trial, invalid ones included."""
        return trial_table((self._cells.get(trial.cell), trial) for trial in self.stored_trials)

    @cached_property
    def requests(self) -> pd.DataFrame:
        """One row per request of a trial that left samples."""
        return self.requests_of(None)

    @cached_property
    def usage(self) -> pd.DataFrame:
        """One row per trial and component."""
        rows = [row for trial in self.stored_trials for row in usage_rows(trial)]
        return table(USAGE, {name: [row[name] for row in rows] for name in (rows[0] if rows else ())})

    @cached_property
    def probes(self) -> pd.DataFrame:
        """One row per probe of a capacity."""
        own = {column.name: [column.value(probe) for probe in self.stored_probes] for column in PROBES}
        trials = trial_table((self._probed(probe), probe.trial) for probe in self.stored_probes)
        return pd.concat([table(PROBES, own), trials], axis="columns")

    def requests_of(self, cells: Collection[str] | None) -> pd.DataFrame:
        """Return the requests of all trials of *cells*, None is all."""
        parts = list(self.requests_by_trial(cells))
        return pd.concat(parts, ignore_index=True) if parts else table(REQUESTS, {})

    def requests_by_trial(self, cells: Collection[str] | None = None) -> Iterator[pd.DataFrame]:
        """Yield the requests of each trial of *cells*, None is all; trials without samples have none."""
        for trial in self.stored_trials:
            start_ns, end_ns = trial.window_start_ns, trial.window_end_ns
            chosen = cells is None or trial.cell in cells
            if chosen and trial.samples and start_ns is not None and end_ns is not None:
                samples = read_samples(self.folder / trial.samples)
                yield request_table(list(self._cells), trial, samples, (start_ns, end_ns))

    @cached_property
    def _cells(self) -> Mapping[str, Cell]:
        return {cell.name: cell for cell in self.run.cells}

    def _probed(self, probe: Probe) -> Cell | None:
        """Return the cell of *probe* with the open loop that probed it."""
        cell = self._cells.get(probe.trial.cell)
        load = Load(kind="open", rate_per_s=probe.rate_per_s)
        return cell and cell.model_copy(update={"load": load})


def load(folder: str | Path) -> RunFrames:
    """Return the tables of the run in *folder*; raise `UnreadableError` where there is none."""
    folder = Path(folder)
    return RunFrames(folder, read_run(folder), read_trials(folder), read_probes(folder))


def read_samples(file: Path) -> Samples:
    """Return the samples in *file*."""
    try:
        return np.asarray(np.load(file))
    except (OSError, ValueError) as error:
        raise UnreadableError(f"{file}: samples cannot be read: {error}") from error


def table(columns: Iterable[Column], values: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Return a table of *columns* with *values* by name; a column without values is empty."""
    return pd.DataFrame(
        {column.name: pd.Series(values.get(column.name, []), dtype=column.dtype) for column in columns}
    )


def trial_table(rows: Iterable[tuple[Cell | None, Trial]]) -> pd.DataFrame:
    """Return one row per trial and its cell."""
    rows = list(rows)
    return table(
        TRIALS, {column.name: [column.value(cell, trial) for cell, trial in rows] for column in TRIALS}
    )


def usage_rows(trial: Trial) -> Iterator[Mapping[str, object]]:
    """Yield what each component used in the window of *trial*."""
    identity = {"cell": trial.cell, "block": trial.block, "attempt": trial.attempt}
    for component, used in trial.usage.items():
        cost = cpu_ms_per_request(trial, component)
        yield identity | {"component": component, "cpu_ms_per_request": cost} | used.model_dump()


def request_table(
    cells: Sequence[str], trial: Trial, samples: Samples, window_ns: tuple[int, int]
) -> pd.DataFrame:
    """Return the requests of *trial*; *cells* are the categories of the column `cell`."""
    start_ns, count = window_ns[0], len(samples)
    values: dict[str, Any] = {
        "cell": categories(np.full(count, cells.index(trial.cell)), cells),
        "block": np.full(count, trial.block),
        "attempt": np.full(count, trial.attempt),
        "route": categories(samples["route"].astype("i8"), ROUTES),
        "succeeded": succeeded(samples["status"]),
        "in_window": within(samples["intended_ns"], *window_ns),
        "ended_in_window": within(samples["ended_ns"], *window_ns),
        "due_s": (samples["intended_ns"] - start_ns) / NS_PER_S,
        "ended_s": (samples["ended_ns"] - start_ns) / NS_PER_S,
        "response_ms": response_ms(samples),
        "service_ms": service_ms(samples),
        "lag_ms": lag_ms(samples),
        **{f"{hop}_ms": samples[f"{hop}_ms"] for hop in HOPS},
        **{name: as_stored(samples, name) for name in AS_STORED},
    }
    return pd.DataFrame({column.name: values[column.name] for column in REQUESTS})


def categories(codes: npt.NDArray[np.int64], names: Sequence[str]) -> Any:
    """Return a categorical of *names* by their indices *codes*."""
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(list(names)))


def as_stored(samples: Samples, name: str) -> npt.NDArray[Any]:
    """Return the column *name* of *samples*; -1 where an older schema did not have it."""
    known = name in (samples.dtype.names or ())
    return np.asarray(samples[name]) if known else np.full(len(samples), -1)
