import json
import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from system.endpoint.app import build_app
from system.endpoint.partition_claims import claim
from system.endpoint.settings import VARIABLE, EndpointSettings, SettingsError


def test_everything_opened_is_closed(settings: EndpointSettings) -> None:
    before = set(threading.enumerate())
    with ExitStack() as closing:
        app = build_app(settings, closing)
        assert app.test_client().get("/readyz").status_code == 200
    assert set(threading.enumerate()) == before
    assert claim(settings.claims_dir, 32).partition == 0


def test_more_processes_than_reply_partitions_are_refused(settings: EndpointSettings, tmp_path: Path) -> None:
    held = [claim(tmp_path, 32) for _ in range(32)]
    with pytest.raises(Exception, match="run at most 32 endpoint processes"), ExitStack() as closing:
        build_app(settings, closing)
    for claimed in held:
        claimed.release()


def test_several_processes_with_users_of_their_own_are_refused(settings: EndpointSettings) -> None:
    with pytest.raises(SettingsError, match="memory"), ExitStack() as closing:
        build_app(settings.model_copy(update={"processes": 2}), closing)


def test_a_batch_in_progress_ends_with_the_application_and_is_logged(
    settings: EndpointSettings, caplog: pytest.LogCaptureFixture
) -> None:
    with ExitStack() as closing:
        http = build_app(settings, closing).test_client()
        headers = {"Prefer": "respond-async"}
        assert http.post("/payment/batch_init/1000000/1", headers=headers).status_code == 202
    assert "of 1000000 users; its request, repeated with the same key, goes on with it" in caplog.text


def test_the_factory_takes_its_settings_from_the_environment_and_closes_at_exit(tmp_path: Path) -> None:
    program = """
from system.endpoint.app import open_app
print(open_app().test_client().post("/users/create").status)
"""
    settings = {"client": "memory", "kafka": "none:1", "claims_dir": str(tmp_path), "waiting": "thread"}
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, VARIABLE: json.dumps(settings)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.stdout, ended.stderr, ended.returncode) == ("201 Created\n", "", 0)
    assert claim(tmp_path, 1).partition == 0
