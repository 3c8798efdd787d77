"""Results in, one self-contained page out: needs no network and no rerun."""
