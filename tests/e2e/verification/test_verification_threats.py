"""Threats that need the running city: tokens of another kind, twins, over-disclosure, for every type."""

import base64

from certs_schema.core import HolderKind
from certs_schema.registry import registry
from tests.city import City
from tests.e2e.verification.test_verification_journey import check, shown
from tests.e2e.wallet.holding import give, holder_of
from tests.sign_in import sign_in
from tests.unit.certs_schema.making import ORDER, good, segment


async def test_a_token_of_one_kind_is_no_token_of_another(city: City) -> None:
    tokens = await sign_in(city, "zhangsan")
    code = await shown(city, tokens, await give(city, tokens))
    assert (await check(city, tokens.access))["code"] == "WRONG_TYPE"
    assert (await check(city, tokens.refresh))["valid"] is False
    reply = await city.graphql("{ viewer { person { name } } }", token=code["token"])
    assert reply.errors
    assert "张" not in str(reply.body)
    assert (await check(city, code["token"]))["valid"] is True


async def test_a_stranger_signed_or_unpublished_key_is_refused(embedded_city: City) -> None:
    assert (await check(embedded_city, good()))["code"] == "UNKNOWN_KEY"
    tokens = await sign_in(embedded_city, "zhangsan")
    code = (await shown(embedded_city, tokens, await give(embedded_city, tokens)))["token"]
    head, payload, _ = code.split(".")
    assert (await check(embedded_city, f"{head}.{payload}.{good().split('.')[2]}"))["code"] == "SIGNATURE_INVALID"
    assert (await check(embedded_city, code))["valid"] is True


async def test_the_ecdsa_twin_of_a_used_code_is_used_too(city: City) -> None:
    tokens = await sign_in(city, "zhangsan")
    code = (await shown(city, tokens, await give(city, tokens)))["token"]
    head, payload, signature = code.split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    twin = f"{head}.{payload}.{segment(raw[:32] + (ORDER - int.from_bytes(raw[32:])).to_bytes(32))}"
    assert twin != code
    assert (await check(city, twin))["valid"] is True
    assert (await check(city, code))["code"] == "ALREADY_USED"


async def test_of_every_type_an_anonymous_verifier_learns_only_type_and_masked_holder(embedded_city: City) -> None:
    city = embedded_city
    holders = {kind: await holder_of(city, kind) for kind in HolderKind}
    for loaded in registry():
        tokens = holders[loaded.type.holder_kind]
        code = await shown(city, tokens, await give(city, tokens, loaded.type.code))
        answer = await check(city, code["token"])
        assert (answer["valid"], answer["type"], answer["claims"]) == (True, loaded.type.code, [])
        assert answer["holder"] == loaded.type.masked_holder(loaded.example)
        assert set(answer) == {"valid", "code", "message", "type", "typeName", "typeNameEn", "holder", "claims",
                               "online", "checkedAt", "stateAsOf", "expiresAt"}  # fmt: skip
        said = base64.urlsafe_b64decode(code["token"].split(".")[1] + "==").decode()
        for spec in loaded.type.fields:
            value = str(loaded.example.get(spec.key, ""))
            if value and (not spec.minimal or spec.masked(value) != spec.shown(value)) and len(value) > 3:
                assert f'"{value}"' not in said, f"{loaded.type.code}.{spec.key}"
