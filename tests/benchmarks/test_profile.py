from pathlib import Path

import pytest

from benchmarks.profile import Profile, ProfileError, find_profile, parse_profile, profile_names, read_profile
from benchmarks.results.store.schema import Load

SMALL = """
description = "d"
reference = "a x b"
blocks = 3
warm_up_s = 1
window_s = 2
load = { kind = "closed", users = 4 }
"""


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_that_comes_with_the_project_can_be_read(name: str) -> None:
    assert read_profile(find_profile(name)).description


def test_quick_is_five_cells_and_a_control_within_eight_minutes() -> None:
    quick = read_profile(find_profile("quick"))
    assert (quick.blocks, quick.blocks_at_most, quick.budget_s) == ("until-decided", 6, 480)
    assert quick.twin == "gunicorn-gthread x confluent-kafka"
    assert [(cell.server, cell.client, cell.baseline) for cell in quick.cells] == [
        ("gunicorn-sync", "kafka-python", "seed_2020"),
        ("gunicorn-gthread", "confluent-kafka", None),
        ("gunicorn-gthread", "kafka-python", None),
        ("granian", "confluent-kafka", None),
        ("gunicorn-sync", "confluent-kafka", None),
    ]


def test_what_is_left_open_has_a_default() -> None:
    profile = parse_profile(SMALL, "small.toml")
    assert (profile.processes, profile.threads, profile.attempts) == (1, 64, 3)
    assert profile.load == Load(kind="closed", users=4)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("widnow = 3", "line 8: widnow: unknown key; allowed are description, reference"),
        ("[limits]\nfoo = 1", "line 9: limits.foo: unknown key; allowed are failed_fraction"),
        (
            "[[cells]]\nserver = 'a'\nclient = 'b'\nthreds = 1",
            "line 11: cells.0.threds: unknown key; allowed are name",
        ),
        ("[axes]\nserver = ['a']", "line 9: axes.server: unknown key; allowed are servers"),
        ("seed = 'x'", "line 8: seed: input should be a valid integer"),
        ("budget_s = 3", 'blocks_at_most and budget_s need blocks = "until-decided"'),
        ("attempts = 0", "line 8: attempts: input should be greater than or equal to 1, given 0"),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_key(more: str, message: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profile(SMALL + more, "small.toml")
    assert str(caught.value).startswith("small.toml: ")
    assert message in str(caught.value)


def test_a_run_until_it_is_decided_needs_both_bounds() -> None:
    until = SMALL.replace("blocks = 3", 'blocks = "until-decided"\nblocks_at_most = 6')
    with pytest.raises(ProfileError, match=r'^small.toml: blocks = "until-decided" needs blocks_at_most and'):
        parse_profile(until, "small.toml")
    assert parse_profile(until + "budget_s = 60", "small.toml").budget_s == 60
    with pytest.raises(ProfileError, match="blocks_at_most: input should be greater than or equal to 3"):
        parse_profile(until.replace("= 6", "= 2") + "budget_s = 60", "small.toml")


def test_everything_wrong_is_told_at_once_in_one_line() -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profile("foo = 1\nblocks = 0", "small.toml")
    assert "foo" in str(caught.value)
    assert "blocks" in str(caught.value)
    assert "window_s: missing" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_toml_is_refused() -> None:
    with pytest.raises(ProfileError, match=r"small\.toml: not TOML"):
        parse_profile("a = ", "small.toml")


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(ProfileError, match="'quik' is not known; choose one of against, capacity, clients"):
        find_profile("quik")


def test_a_file_of_ones_own_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(SMALL)
    assert isinstance(read_profile(find_profile(str(file))), Profile)
