"""Locust's command line and start form, with what our loads need added."""

from locust.argument_parser import LocustArgumentParser

from loadtests.generator.schedule import ARRIVALS, SHAPES
from loadtests.generator.settings import LOADS, LoadSettings
from loadtests.scenarios.catalogue import scenarios


def add_options(parser: LocustArgumentParser) -> None:
    """Add one option for each setting; its default is the settings' own."""
    default = LoadSettings()
    add = parser.add_argument
    add(
        "--scenario",
        choices=tuple(scenarios()),
        default=default.scenario,
        help="what is asked of the service",
    )
    add("--load", choices=LOADS, default=default.load, help="closed: N users; open: a rate of requests")
    add("--rate", type=float, default=default.rate, help="requests a second of the open loop")
    add("--arrivals", choices=ARRIVALS, default=default.arrivals, help="gaps between an open loop's requests")
    add("--shape", choices=tuple(SHAPES), default=default.shape, help="course of the load over the window")
    add("--population", type=int, default=default.population, help="users made before the load")
    add("--skew", type=float, default=default.skew, help="Zipf exponent of the choice of users; 0 is uniform")
    add("--warm-up", type=float, default=default.warm_up, help="seconds of load before the window")
    add(
        "--warm-up-at-most",
        type=float,
        default=default.warm_up_at_most,
        help="seconds up to which a closed loop's warm-up is extended until throughput is steady; 0: fixed",
    )
    add("--window", type=float, default=default.window, help="seconds that count")
    add("--seed", type=int, default=default.seed, help="the same seed makes the same requests")
    add("--timeout", type=float, default=default.timeout, help="seconds to wait for an answer")
    add(
        "--lag-limit",
        type=float,
        default=default.lag_limit,
        help="ms of lag p99 past which a load is invalid",
    )
    add(
        "--system",
        default="",
        include_in_web_ui=False,
        help="data folder of the system behind the host, if it runs here: its costs are shown on the page",
    )
    add("--out", default=default.out, help="folder for samples.npy, load.json and ledger.json")
