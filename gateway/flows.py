"""`python -m gateway flows`: the operators' hand on long-running work that is stuck.

flows stuck                    parked flows, longest due first: step, tries, and the code of what went wrong
flows release <flow id>        its cause is removed: run the step again
"""

import argparse
import asyncio
import sys

from gateway.bootstrap import open_ports
from gateway.settings import Settings
from services.durable.engine import Engine
from services.durable.port import FlowView
from services.durable.store import FlowStore
from services.kernel.clock import CHINA, Clock, SystemClock
from services.kernel.errors import CityError
from services.kernel.unit_of_work import UnitOfWork


def run(arguments: list[str]) -> int:
    """Exit code 0, or 1 with a sentence on stderr when there is no such flow or it is not stuck."""
    parser = argparse.ArgumentParser(prog="python -m gateway flows", description="long-running work that is stuck")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("stuck", help="parked flows, longest due first")
    release = actions.add_parser("release", help="run the step of a parked flow again")
    release.add_argument("flow_id")
    try:
        print(asyncio.run(_answer(parser.parse_args(arguments), Settings(), SystemClock())))
    except CityError as refused:
        print(f"{refused.code}: {refused.message}", file=sys.stderr)
        return 1
    return 0


async def _answer(wanted: argparse.Namespace, settings: Settings, clock: Clock) -> str:
    async with open_ports(settings, clock) as ports:
        engine = Engine(ports.get(FlowStore), ports.get(UnitOfWork), clock)
        if wanted.action == "release":
            await engine.release(wanted.flow_id)
            return f"released {wanted.flow_id}"
        return _table(await engine.stuck())


def _table(flows: list[FlowView]) -> str:
    lines = [f"{'due':<20} {'kind':<28} {'step':<20} {'tries':>5}  {'error':<24} {'flow':<36} subject"]
    lines += [
        f"{flow.due_at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}  {flow.kind:<28} {flow.step:<20} {flow.tries:>5}  "
        f"{flow.last_error or '-':<24} {flow.flow_id} {flow.subject_id}"
        for flow in flows
    ]
    return "\n".join(lines)
