"""`python -m gateway keys`: the operators' hand on the signing keys.

keys list                      every key with its state and times
keys rotate <purpose>          publish the next key; it signs after its lead
keys revoke <kid>              a key is compromised: drop it now, sign with a fresh one
"""

import argparse
import asyncio
import sys
from datetime import datetime

from gateway.bootstrap import open_ports
from gateway.settings import Settings
from services.kernel.clock import CHINA, Clock, SystemClock
from services.kernel.errors import CityError
from services.keyring.model import KeyPurpose, KeyView
from services.keyring.ports import KeyStore
from services.keyring.service import KeyRing


def run(arguments: list[str]) -> int:
    """Exit code 0, or 1 with a sentence on stderr when the keys refuse."""
    parser = argparse.ArgumentParser(prog="python -m gateway keys", description="the signing keys")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="every key with its state and times")
    rotate = actions.add_parser("rotate", help="publish the next key of a purpose")
    rotate.add_argument("purpose", type=str.upper, choices=[purpose.value for purpose in KeyPurpose])
    revoke = actions.add_parser("revoke", help="drop a compromised key now")
    revoke.add_argument("kid")
    try:
        print(asyncio.run(_answer(parser.parse_args(arguments), Settings(), SystemClock())))
    except CityError as refused:
        print(f"{refused.code}: {refused.message}", file=sys.stderr)
        return 1
    return 0


async def _answer(wanted: argparse.Namespace, settings: Settings, clock: Clock) -> str:
    async with open_ports(settings, clock) as ports:
        ring = KeyRing(ports.get(KeyStore), clock)
        if wanted.action == "rotate":
            return _table([await ring.rotate(KeyPurpose(wanted.purpose))], clock)
        if wanted.action == "revoke":
            return _table([await ring.revoke(wanted.kid)], clock)
        return _table(await ring.views(), clock)


def _table(keys: list[KeyView], clock: Clock) -> str:
    now = clock.now()
    lines = [f"{'state':<9} {'signs from':<20} {'retires':<20} {'gone':<20} kid"]
    lines += [
        f"{key.state_at(now):<9} {_time(key.active_from):<20} {_time(key.retiring_from):<20} "
        f"{_time(key.retired_from):<20} {key.kid}"
        for key in keys
    ]
    return "\n".join(lines)


def _time(moment: datetime | None) -> str:
    return "-" if moment is None else moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
