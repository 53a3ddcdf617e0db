"""Showing a certificate: what the code says, who may make it, how it is followed and taken back."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import jwt
import pytest
from sqlalchemy import event

from certs_schema.registry import registry
from certs_schema.verifier.errors import Code
from services.adapters.store.fixed_reads import Read
from services.kernel.errors import IdempotencyKeyReused, InvalidInput, NotFound, StepUpRequired
from services.kernel.principal import Assurance, Principal, Subject, SubjectKind
from services.verification.errors import CertificateNotPresentable, PresentationRefused
from services.verification.model import VIEW_LIFE, PresentationState
from tests.unit.verification.conftest import ISSUER, KID, LISI, SECOND, ZHANGSAN, City, person

CLAIMS = registry().get("INSURED_PROOF").example


def read(city: City, token: str) -> dict[str, object]:
    said: dict[str, object] = jwt.decode(
        token, city.keys.key.public_key, algorithms=["ES256"], issuer=ISSUER,
        options={"verify_exp": False, "verify_iat": False},
    )  # fmt: skip
    return said


async def test_a_code_says_the_masked_minimal_set_and_nothing_else(city_parts: City) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    issued = await city_parts.verification.present(ZHANGSAN, made, "k1")
    assert jwt.get_unverified_header(issued.token) == {"alg": "ES256", "kid": KID, "typ": "lc-presentation+jwt"}
    said = read(city_parts, issued.token)
    now = int(city_parts.clock.now().timestamp())
    assert (said["iss"], said["iat"], said["exp"], said["vct"]) == (ISSUER, now, now + 60, "INSURED_PROOF")
    assert said["holder"] == "张*"
    assert said["claims"] == {
        "insutype": "职工基本医疗保险",
        "from_month": "201407",
        "to_month": "202610",
        "paid_months": "148",
        "cert_no": "LC202611230001",
        "issuing_authority": "聊城市医疗保险事业中心",
    }
    assert set(said) == {"iss", "sub", "jti", "iat", "exp", "vct", "dis", "holder", "claims"}
    for personal in (CLAIMS["holder_name"], CLAIMS["id_number"], CLAIMS["account_balance"], made, "zhangsan"):
        assert personal not in str(said)
    assert len(issued.token) < 800


async def test_two_presentations_share_nothing_but_issuer_type_and_what_they_disclose(city_parts: City) -> None:
    mine, theirs = await city_parts.certificate(ZHANGSAN.subject), await city_parts.certificate(LISI.subject)
    first = await city_parts.verification.present(ZHANGSAN, mine, "k1")
    city_parts.clock.advance(SECOND)
    for other in (
        await city_parts.verification.present(ZHANGSAN, mine, "k2"),
        await city_parts.verification.present(LISI, theirs, "k1"),
    ):
        one, two = read(city_parts, first.token), read(city_parts, other.token)
        assert {key for key in one if one[key] == two[key]} == {"iss", "vct", "dis", "holder", "claims"}
        assert first.token.split(".")[2] != other.token.split(".")[2]
        assert first.presentation_id != other.presentation_id
    assert "status" not in read(city_parts, first.token)


async def test_only_the_holder_shows_and_only_when_their_name_is_proven(city_parts: City) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    company = Principal("zhangsan", "s", Assurance.FACE, Subject(SubjectKind.COMPANY, "demo"))
    for stranger in (LISI, company):
        with pytest.raises(NotFound):
            await city_parts.verification.present(stranger, made, "k1")
    with pytest.raises(NotFound):
        await city_parts.verification.present(ZHANGSAN, "no-such-certificate", "k1")
    with pytest.raises(StepUpRequired):
        await city_parts.verification.present(person("zhangsan", Assurance.PHONE), made, "k1")
    await city_parts.verification.present(ZHANGSAN, made, "k1")  # the failed calls left the key free


async def test_the_same_key_gives_the_same_presentation(city_parts: City) -> None:
    made, other = await city_parts.certificate(ZHANGSAN.subject), await city_parts.certificate(LISI.subject)
    racing = await asyncio.gather(*(city_parts.verification.present(ZHANGSAN, made, "k1") for _ in range(5)))
    assert len({issued.presentation_id for issued in racing}) == 1
    assert len({str(read(city_parts, issued.token)["jti"]) for issued in racing}) == 1
    with pytest.raises(IdempotencyKeyReused):
        await city_parts.verification.present(ZHANGSAN, other, "k1")
    for key in ("", "x" * 129):
        with pytest.raises(InvalidInput):
            await city_parts.verification.present(ZHANGSAN, made, key)


async def test_a_renewal_reads_and_writes_no_row(city_parts: City, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    await city_parts.verification.present(ZHANGSAN, made, "k0")
    statements: list[str] = []
    engines = {city_parts.database._writer.sync_engine, city_parts.database._reader.sync_engine}

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    fixed = city_parts.database._fixed  # reads that pass by the engines (decision 0013)
    fetch = fixed.fetch

    async def note_fixed(read: Read, values: Mapping[str, Any]) -> list[Any] | None:
        rows = await fetch(read, values)
        if rows is not None:
            statements.append(str(read.statement))
        return rows

    monkeypatch.setattr(fixed, "fetch", note_fixed)
    for minute in (1, 2):
        city_parts.clock.advance(timedelta(seconds=60))
        await city_parts.verification.present(ZHANGSAN, made, f"k{minute}")
    assert statements == []
    city_parts.clock.advance(VIEW_LIFE)
    await city_parts.verification.present(ZHANGSAN, made, "k9")
    assert len([one for one in statements if "certificate" in one]) == 1


async def test_a_revocation_stops_the_next_renewal_although_the_view_is_cached(city_parts: City) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    await city_parts.verification.present(ZHANGSAN, made, "k0")
    await city_parts.wallet.suspend(made)
    with pytest.raises(CertificateNotPresentable) as refused:
        await city_parts.verification.present(ZHANGSAN, made, "k1")
    assert refused.value.extensions == {"state": "SUSPENDED"}
    await city_parts.wallet.reinstate(made)
    await city_parts.verification.present(ZHANGSAN, made, "k2")


async def test_a_view_is_not_kept_across_the_end_of_the_last_day(city_parts: City) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)  # ends on 2027-02-22
    city_parts.clock.advance(timedelta(days=91, hours=14) - 30 * SECOND)
    await city_parts.verification.present(ZHANGSAN, made, "k0")
    city_parts.clock.advance(31 * SECOND)
    with pytest.raises(CertificateNotPresentable) as refused:
        await city_parts.verification.present(ZHANGSAN, made, "k1")
    assert refused.value.extensions == {"state": "EXPIRED"}


async def test_a_cancelled_code_is_refused_and_a_scanned_one_stays_scanned(city_parts: City) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    one = await city_parts.verification.present(ZHANGSAN, made, "k1")
    with pytest.raises(NotFound):
        await city_parts.verification.cancel(LISI, one.presentation_id)
    assert (await city_parts.verification.cancel(ZHANGSAN, one.presentation_id)).state is PresentationState.CANCELLED
    assert (await city_parts.verification.cancel(ZHANGSAN, one.presentation_id)).state is PresentationState.CANCELLED
    with pytest.raises(PresentationRefused) as refused:
        await city_parts.verification.verify(one.token, "192.0.2.1")
    assert refused.value.reason is Code.CANCELLED
    two = await city_parts.verification.present(ZHANGSAN, made, "k2")
    await city_parts.verification.verify(two.token, "192.0.2.1")
    assert (await city_parts.verification.cancel(ZHANGSAN, two.presentation_id)).state is PresentationState.SCANNED


async def test_the_holder_watches_a_code_being_scanned_and_nobody_else_does(city_parts: City) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    issued = await city_parts.verification.present(ZHANGSAN, made, "k1")
    with pytest.raises(NotFound):
        await anext(city_parts.verification.watch(LISI, issued.presentation_id))
    seen = []
    async for status in city_parts.verification.watch(ZHANGSAN, issued.presentation_id):
        seen.append(status)
        if status.state is PresentationState.WAITING:
            await city_parts.verification.verify(issued.token, "192.0.2.1", "办理住院")
    assert [status.state for status in seen] == [PresentationState.WAITING, PresentationState.SCANNED]
    outcome = seen[-1].outcome
    assert outcome is not None
    assert (outcome.at, outcome.verifier, outcome.purpose) == (city_parts.clock.now(), None, "办理住院")


async def test_watching_an_unused_code_ends_when_nobody_can_use_it_any_more(city_parts: City) -> None:
    made = await city_parts.certificate(ZHANGSAN.subject)
    issued = await city_parts.verification.present(ZHANGSAN, made, "k1")
    states = []
    async for status in city_parts.verification.watch(ZHANGSAN, issued.presentation_id):
        states.append(status.state)
        city_parts.clock.advance(timedelta(seconds=60))
    assert states == [PresentationState.WAITING, PresentationState.EXPIRED]
    assert city_parts.events.topics == 0
