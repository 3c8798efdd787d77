import json
from pathlib import Path

import pytest

from system.endpoint.settings import VARIABLE, SettingsError, read_settings

GOOD = {"client": "memory", "kafka": "127.0.0.1:9092", "claims_dir": "/claims", "waiting": "thread"}


def test_optional_settings_have_defaults() -> None:
    settings = read_settings({VARIABLE: json.dumps(GOOD)})
    assert (settings.claims_dir, settings.deadline_s, settings.max_waiting) == (Path("/claims"), 10.0, 64)


def test_all_problems_are_reported_at_once() -> None:
    bad = {**GOOD, "client": "carrier-pigeon", "kafka": "nowhere", "deadline_s": 0, "colour": "red"}
    del bad["waiting"]
    with pytest.raises(SettingsError) as error:
        read_settings({VARIABLE: json.dumps(bad)})
    message = str(error.value)
    assert "\n" not in message
    for part in ("carrier-pigeon", "confluent-kafka", "nowhere", "deadline_s = 0", "colour", "waiting"):
        assert part in message


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_settings_that_are_no_json_object_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=VARIABLE):
        read_settings({VARIABLE: text})


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(SettingsError, match=f"{VARIABLE} is not set"):
        read_settings({})
