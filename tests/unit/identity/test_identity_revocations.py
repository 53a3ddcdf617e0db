"""Endings reach every worker within the bound, and cost one read per bound however many requests come."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from services.identity.errors import SessionEnded, SubjectNotAllowed
from services.identity.model import Ended
from services.identity.ports import SessionStore
from services.identity.revocations import BOUND, TOPIC, WINDOW, Revocations
from services.identity.tokens import AccessClaims
from services.kernel.clock import FixedClock
from services.kernel.errors import StoreDown
from services.kernel.principal import Assurance, Subject, SubjectKind

COMPANY = Subject(SubjectKind.COMPANY, "c-1")


class Endings:
    """The part of `SessionStore` that revocations read."""

    def __init__(self) -> None:
        self.ended: list[Ended] = []
        self.asked: list[datetime] = []
        self.down = False

    async def ended_since(self, moment: datetime) -> Sequence[Ended]:
        if self.down:
            raise StoreDown()
        self.asked.append(moment)
        await asyncio.sleep(0)
        return [one for one in self.ended if one.at >= moment]


class Bus:
    """Signals by hand; a dead one loses them."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[str] = asyncio.Queue()
        self.dead = False

    async def publish(self, topic: str, payload: str = "") -> None:
        assert (topic, payload) == (TOPIC, "")
        if not self.dead:
            self.queue.put_nowait(payload)

    async def listen(self, topic: str) -> AsyncIterator[str]:
        while True:
            yield await self.queue.get()


@pytest.fixture
def endings() -> Endings:
    return Endings()


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def revocations(endings: Endings, bus: Bus, clock: FixedClock) -> Revocations:
    return Revocations(cast(SessionStore, endings), clock, bus)


def claims(clock: FixedClock, **values: Any) -> AccessClaims:
    now = int(clock.now().timestamp())
    usual: dict[str, Any] = {
        "person_id": "p-1",
        "session_id": "s-1",
        "assurance": Assurance.PHONE,
        "step_up": None,
        "step_up_until": 0,
        "subject": COMPANY,
        "subject_until": None,
        "issued_at": now,
        "expires_at": now + 900,
        "kid": "k",
    }
    return AccessClaims(**{**usual, **values})


async def test_a_thousand_requests_within_the_bound_cost_one_read(
    revocations: Revocations, endings: Endings, clock: FixedClock
) -> None:
    await asyncio.gather(*(revocations.check(claims(clock)) for _ in range(1000)))
    assert len(endings.asked) == 1
    clock.advance(BOUND)
    await revocations.check(claims(clock))
    assert len(endings.asked) == 2


async def test_without_a_signal_an_ending_is_known_within_the_bound(
    revocations: Revocations, endings: Endings, clock: FixedClock
) -> None:
    await revocations.check(claims(clock))
    endings.ended.append(Ended("s-1", "p-1", None, clock.now()))
    clock.advance(BOUND)
    with pytest.raises(SessionEnded):
        await revocations.check(claims(clock))


async def test_with_a_signal_an_ending_is_known_at_once(
    revocations: Revocations, endings: Endings, bus: Bus, clock: FixedClock
) -> None:
    await revocations.check(claims(clock))
    listening = asyncio.create_task(revocations.listen())
    endings.ended.append(Ended("s-1", "p-1", None, clock.now()))
    await bus.publish(TOPIC)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(SessionEnded):
        await revocations.check(claims(clock))
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening


async def test_a_lost_signal_does_not_fail_the_ending(
    revocations: Revocations, endings: Endings, bus: Bus, clock: FixedClock
) -> None:
    await revocations.check(claims(clock))
    bus.dead = True
    endings.ended.append(Ended("s-1", "p-1", None, clock.now()))
    await revocations.announce()
    with pytest.raises(SessionEnded):
        await revocations.check(claims(clock))


async def test_a_late_commit_is_still_seen(revocations: Revocations, endings: Endings, clock: FixedClock) -> None:
    await revocations.check(claims(clock))
    began = clock.now()
    clock.advance(timedelta(seconds=30))
    await revocations.check(claims(clock))
    endings.ended.append(Ended("s-1", "p-1", None, began))
    clock.advance(BOUND)
    with pytest.raises(SessionEnded):
        await revocations.check(claims(clock))


async def test_no_token_is_believed_while_endings_cannot_be_read(
    revocations: Revocations, endings: Endings, clock: FixedClock
) -> None:
    await revocations.check(claims(clock))
    endings.down = True
    clock.advance(BOUND - timedelta(milliseconds=1))
    await revocations.check(claims(clock))
    clock.advance(timedelta(milliseconds=1))
    with pytest.raises(StoreDown):
        await revocations.check(claims(clock))
    endings.down = False
    await revocations.check(claims(clock))


async def test_an_ended_relation_refuses_older_tokens_of_it_only(
    revocations: Revocations, endings: Endings, clock: FixedClock
) -> None:
    old = claims(clock)
    endings.ended.append(Ended(None, "p-1", COMPANY, clock.now()))
    with pytest.raises(SubjectNotAllowed):
        await revocations.check(old)
    await revocations.check(claims(clock, subject=Subject(SubjectKind.PERSON, "p-1")))
    await revocations.check(claims(clock, person_id="p-2"))
    clock.advance(timedelta(seconds=1))
    await revocations.check(claims(clock))


async def test_endings_are_forgotten_when_no_token_can_live(
    revocations: Revocations, endings: Endings, clock: FixedClock
) -> None:
    endings.ended.append(Ended("s-1", "p-1", None, clock.now()))
    with pytest.raises(SessionEnded):
        await revocations.check(claims(clock))
    clock.advance(WINDOW + timedelta(seconds=1))
    await revocations.check(claims(clock, session_id="s-2"))
    assert revocations._sessions == {}
