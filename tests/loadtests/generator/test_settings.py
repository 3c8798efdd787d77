from argparse import Namespace
from dataclasses import fields, replace

import pytest

from loadtests.generator.settings import (
    LoadSettings,
    WrongSettings,
    check_settings,
    load_options,
    read_settings,
)
from loadtests.locust_integration.command_line import load_command

SETTINGS = LoadSettings(scenario="find", load="open", rate_per_s=7.5, warm_up_s=0.5, seed=9, out="folder")


def test_every_setting_has_an_option() -> None:
    assert [option.field for option in load_options()] == [one.name for one in fields(LoadSettings)]
    assert len({option.flag for option in load_options()}) == len(load_options())


def test_the_command_line_carries_every_setting_to_locust() -> None:
    command = load_command(SETTINGS, "http://host", workers=1)
    options = {
        option.form_name: type(option.default)(command[command.index(option.flag) + 1])
        for option in load_options(without=("users",))
    }
    assert read_settings(Namespace(**options), users=1) == SETTINGS


def test_all_that_is_wrong_is_named_by_its_option() -> None:
    wrong = replace(SETTINGS, load="both", lag_limit_ms=0, warm_up_s=-1)
    with pytest.raises(WrongSettings) as raised:
        check_settings(wrong)
    assert str(raised.value) == (
        "--load 'both' is not known; choose one of closed, open; "
        "--warm-up -1 is not allowed; give 0 or more; "
        "--lag-limit 0 is not allowed; give a number above 0"
    )
