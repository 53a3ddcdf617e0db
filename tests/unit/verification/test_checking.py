"""Checking a code: once, by one atomic step, after the read it pays for; and what an anonymous verifier learns."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from certs_schema.registry import registry
from certs_schema.verifier.errors import Code
from services.kernel.errors import InvalidInput, NotFound, Overloaded, StoreDown
from services.kernel.fast_state import FastState
from services.kernel.principal import Subject
from services.verification.carriers import JwtCarrier
from services.verification.errors import PresentationRefused
from services.verification.model import Checked, PresentationState, Scan
from services.verification.service import VerificationService
from tests.unit.verification.conftest import ISSUER, LISI, ZHANGSAN, City

HERE = "192.0.2.1"


async def refused(city: City, token: str) -> PresentationRefused:
    with pytest.raises(PresentationRefused) as error:
        await city.verification.verify(token, HERE)
    return error.value


async def test_an_anonymous_scan_learns_type_and_masked_holder_and_no_field(city_parts: City) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    issued = await city_parts.verification.present(ZHANGSAN, made, "k1")
    checked = await city_parts.verification.verify(issued.token, HERE, " 办理住院 ")
    assert (checked.type_code, checked.holder, checked.fields) == ("INSURED_PROOF", "张*", {})
    assert checked.state_as_of == checked.checked_at == city_parts.clock.now()
    scans = await city_parts.verification.scans(ZHANGSAN, 10)
    assert [(scan.presentation_id, scan.purpose, scan.verifier, scan.fields) for scan in scans] == [
        (issued.presentation_id, "办理住院", None, ())
    ]
    assert await city_parts.verification.scans(LISI, 10) == []


async def test_the_second_scan_is_refused_and_told_when_the_first_was(city_parts: City) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    issued = await city_parts.verification.present(ZHANGSAN, made, "k1")
    first_at = city_parts.clock.now()
    await city_parts.verification.verify(issued.token, HERE)
    city_parts.clock.advance(timedelta(seconds=20))
    again = await refused(city_parts, issued.token)
    assert (again.reason, again.first_used_at) == (Code.ALREADY_USED, first_at)
    assert again.extensions == {"reason": "ALREADY_USED", "firstUsedAt": "2026-11-23T10:00:00+08:00"}
    assert len(await city_parts.verification.scans(ZHANGSAN, 10)) == 1


async def test_of_one_hundred_scans_at_once_exactly_one_succeeds(city_parts: City) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    issued = await city_parts.verification.present(ZHANGSAN, made, "k1")
    answers = await asyncio.gather(
        *(city_parts.verification.verify(issued.token, HERE) for _ in range(100)), return_exceptions=True
    )
    assert len([one for one in answers if isinstance(one, Checked)]) == 1
    refusals = [one.reason if isinstance(one, PresentationRefused) else one for one in answers]
    refusals = [one for one in refusals if not isinstance(one, Checked)]
    assert refusals == [Code.ALREADY_USED] * 99
    assert len(await city_parts.verification.scans(ZHANGSAN, 10)) == 1


async def test_the_ledger_alone_still_holds_a_code_to_one_use(city_parts: City) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    issued = await city_parts.verification.present(ZHANGSAN, made, "k1")
    await city_parts.verification.verify(issued.token, HERE)
    await city_parts.fast_state.delete(f"verification.used:{issued.presentation_id}")
    await city_parts.fast_state.delete(f"verification.outcome:{issued.presentation_id}")
    again = await refused(city_parts, issued.token)
    assert (again.reason, again.first_used_at) == (Code.ALREADY_USED, city_parts.clock.now())


@pytest.mark.parametrize(
    ("move", "reason"), [("revoke", Code.REVOKED), ("suspend", Code.SUSPENDED)]
)  # fmt: skip
async def test_a_code_falls_with_its_certificate_and_stays_unused(city_parts: City, move: str, reason: Code) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    issued = await city_parts.verification.present(ZHANGSAN, made, "k1")
    await getattr(city_parts.wallet, move)(made)
    assert (await refused(city_parts, issued.token)).reason is reason
    status = await city_parts.verification.status(ZHANGSAN, issued.presentation_id)
    assert status.state is PresentationState.WAITING
    assert await city_parts.verification.scans(ZHANGSAN, 10) == []


async def test_a_superseded_certificate_is_refused(city_parts: City) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    issued = await city_parts.verification.present(ZHANGSAN, made, "k1")
    await city_parts.certificate(ZHANGSAN.subject)
    assert (await refused(city_parts, issued.token)).reason is Code.SUPERSEDED


async def test_a_code_ends_sixty_seconds_after_its_life_and_starts_sixty_before(city_parts: City) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    early = await city_parts.verification.present(ZHANGSAN, made, "k1")
    late = await city_parts.verification.present(ZHANGSAN, made, "k2")
    city_parts.clock.advance(timedelta(seconds=119))
    await city_parts.verification.verify(early.token, HERE)
    city_parts.clock.advance(timedelta(seconds=1))
    assert (await refused(city_parts, late.token)).reason is Code.EXPIRED
    future = await city_parts.verification.present(ZHANGSAN, made, "k3")
    city_parts.clock.advance(timedelta(seconds=-61))
    assert (await refused(city_parts, future.token)).reason is Code.NOT_YET_VALID
    city_parts.clock.advance(timedelta(seconds=1))
    await city_parts.verification.verify(future.token, HERE)


async def test_codes_on_screens_are_refused_when_the_fast_state_was_lost(city_parts: City) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    issued = await city_parts.verification.present(ZHANGSAN, made, "k1")
    await city_parts.fast_state.delete(f"verification.shown:{issued.presentation_id}")
    assert (await refused(city_parts, issued.token)).reason is Code.NOT_KNOWN


class BrokenLedger:
    """A ledger whose database is gone."""

    async def add(self, scan: Scan) -> bool:
        raise StoreDown()

    async def of_presentation(self, presentation_id: str) -> Scan | None:
        raise StoreDown()

    async def count(self, holder: Subject) -> int:
        raise StoreDown()

    async def of_holder(self, holder: Subject, limit: int, before_id: str | None = None) -> Sequence[Scan]:
        raise StoreDown()


def with_parts(city: City, **changed: Any) -> VerificationService:
    parts: dict[str, Any] = {
        "certificates": city.wallet,
        "types": registry(),
        "keys": city.keys,
        "carrier": JwtCarrier(),
        "ledger": city.ledger,
        "fast_state": city.fast_state,
        "events": city.events,
        "clock": city.clock,
        "issuer": ISSUER,
    }
    return VerificationService(**{**parts, **changed})


async def test_a_code_whose_answer_failed_can_be_scanned_again(city_parts: City) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    issued = await city_parts.verification.present(ZHANGSAN, made, "k1")
    with pytest.raises(StoreDown):
        await with_parts(city_parts, ledger=BrokenLedger()).verify(issued.token, HERE)
    assert (await city_parts.verification.verify(issued.token, HERE)).holder == "张*"


class NothingDeleted:
    """A fast state that is gone by the time something is to be undone."""

    def __init__(self, fast_state: FastState) -> None:
        self._fast = fast_state

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fast, name)

    async def delete(self, key: str) -> bool:
        raise StoreDown("the fast state")


async def test_the_first_failure_is_told_also_when_nothing_can_be_undone(city_parts: City) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    issued = await city_parts.verification.present(ZHANGSAN, made, "k1")
    broken = with_parts(city_parts, ledger=BrokenLedger(), fast_state=NothingDeleted(city_parts.fast_state))
    with pytest.raises(StoreDown) as told:
        await broken.verify(issued.token, HERE)
    assert told.value.message != "the fast state"
    with pytest.raises(NotFound):
        await broken.present(ZHANGSAN, "nobody's", "k2")


async def test_the_state_is_read_before_the_code_is_used_up(city_parts: City) -> None:
    class NoState:
        async def state(self, certificate_id: str) -> str | None:
            raise StoreDown()

    made = await city_parts.certificate(ZHANGSAN.subject)
    issued = await city_parts.verification.present(ZHANGSAN, made, "k1")
    with pytest.raises(StoreDown):
        await with_parts(city_parts, certificates=NoState()).verify(issued.token, HERE)
    assert (await city_parts.verification.verify(issued.token, HERE)).holder == "张*"


async def test_one_address_is_held_to_its_limit_and_another_is_not(city_parts: City) -> None:
    limited = with_parts(city_parts, checks_per_address=3)
    for _ in range(3):
        with pytest.raises(PresentationRefused):
            await limited.verify("x", HERE)
    with pytest.raises(Overloaded) as refusal:
        await limited.verify("x", HERE)
    assert refusal.value.extensions["retryAfterSeconds"] in range(1, 61)
    with pytest.raises(PresentationRefused):
        await limited.verify("x", "2001:db8::1")


@pytest.mark.parametrize("purpose", ["x" * 61, "两行\n文字", "\u202e倒写"])
async def test_a_purpose_that_is_no_short_line_is_refused(city_parts: City, purpose: str) -> None:
    with pytest.raises(InvalidInput):
        await city_parts.verification.verify("x", HERE, purpose)
