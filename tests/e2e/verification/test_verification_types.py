"""The life of a certificate of every type: shown, good offline and online, used up, revoked, no longer shown."""

import asyncio
from typing import Any

from graphql_relay import from_global_id

from certs_schema.core import HolderKind
from certs_schema.registry import registry
from certs_schema.verifier import MemoryReplayCache, OfflineVerifier, load
from tests.city import City
from tests.e2e.verification.test_verification_journey import check, present, shown
from tests.e2e.wallet.holding import give, holder_of


async def test_every_type_lives_from_claim_to_revocation(embedded_city: City, tmp_path: Any) -> None:
    city = embedded_city
    holders = {kind: await holder_of(city, kind) for kind in HolderKind}
    verifier: OfflineVerifier | None = None
    for loaded in registry():
        code, tokens = loaded.type.code, holders[loaded.type.holder_kind]
        certificate = await give(city, tokens, code)
        token = (await shown(city, tokens, certificate))["token"]
        if verifier is None:  # the first signing made the key
            keys = await asyncio.to_thread(load, f"{city.url}/.well-known/jwks/presentation.json", tmp_path)
            verifier = OfflineVerifier(keys, city.settings.public_url, MemoryReplayCache())
        offline = verifier.verify(token).presentation
        assert (offline.type_code, offline.holder) == (code, loaded.type.masked_holder(loaded.example))
        assert offline.claims == loaded.type.minimal(loaded.example)
        assert (await check(city, token))["code"] == "VALID", code
        assert (await check(city, token))["code"] == "ALREADY_USED", code
        await city.services.wallet.revoke(from_global_id(certificate).id)
        assert (await present(city, tokens.access, certificate)).codes == ["CERTIFICATE_NOT_VALID"], code
