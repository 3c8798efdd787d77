"""The locustfile: `python -m loadtests` starts Locust with it, and so can `locust -f`."""

from typing import Any

from locust import FastHttpUser, constant, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import MasterRunner

from loadtests.generator.load import IN_FLIGHT_AT_MOST
from loadtests.generator.sender import send_each_request_once
from loadtests.locust_integration.command_line import add_options
from loadtests.locust_integration.local_runner import LocalLoad, listen
from loadtests.locust_integration.master_runner import MasterLoad
from loadtests.locust_integration.patches import keep_full_precision


def on_options(parser: LocustArgumentParser, **_: Any) -> None:
    """Add the options of a load to Locust's own, and so to the start form."""
    add_options(parser)


def on_init(environment: Environment, **_: Any) -> None:
    """Bind the load to Locust's events."""
    send_each_request_once()
    keep_full_precision()
    if isinstance(environment.runner, MasterRunner):
        MasterLoad(environment, environment.runner).bind()
    else:
        ServiceUser.load = LocalLoad(environment)
        ServiceUser.load.bind()


class ServiceUser(FastHttpUser):
    """Sends its part of the load once, and stops."""

    load: LocalLoad
    wait_time = constant(0)
    concurrency = IN_FLIGHT_AT_MOST

    @task
    def send(self) -> None:
        """Send until the load ends, then close the connections: some servers keep a thread for each."""
        try:
            self.load.send(self.client)
        finally:
            self.client.client.close()
        raise StopUser


listen(events.init_command_line_parser, on_options)
listen(events.init, on_init)
