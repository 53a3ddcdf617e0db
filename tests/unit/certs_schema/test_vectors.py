"""The published vectors: every verifier accepts the good one once and refuses the others for the reason given."""

import json
from pathlib import Path

import jwt
import pytest

from certs_schema.registry import TYPES
from certs_schema.verifier import Code, MemoryReplayCache, OfflineVerifier, VerifyError, read_jwks

VECTORS = sorted(TYPES.glob("*/vectors.json"))


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.parent.name)
def test_our_verifier_agrees_with_the_vectors(path: Path) -> None:
    vectors = json.loads(path.read_text())
    keys = read_jwks(json.dumps(vectors["jwks"]), vectors["now"])
    verifier = OfflineVerifier(keys, vectors["issuer"], MemoryReplayCache(), lambda: vectors["now"])
    said = verifier.verify(vectors["valid"]["token"]).presentation
    assert (said.type_code, said.holder) == (path.parent.name.upper(), vectors["valid"]["holder"])
    assert said.claims == vectors["valid"]["claims"]
    with pytest.raises(VerifyError) as again:
        verifier.verify(vectors["valid"]["token"])
    assert again.value.code is Code.ALREADY_USED
    assert again.value.first_used_at == vectors["now"]
    for refused in vectors["refused"]:
        with pytest.raises(VerifyError) as error:
            verifier.verify(refused["token"])
        assert error.value.code == refused["code"]


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.parent.name)
def test_a_stock_jwt_library_reads_the_good_vector(path: Path) -> None:
    vectors = json.loads(path.read_text())
    key = jwt.PyJWK(vectors["jwks"]["keys"][0])
    said = jwt.decode(
        vectors["valid"]["token"], key, algorithms=["ES256"], issuer=vectors["issuer"], options={"verify_exp": False}
    )
    assert said["holder"] == vectors["valid"]["holder"]


def test_every_type_has_vectors() -> None:
    assert {path.parent for path in VECTORS} == {path.parent for path in TYPES.glob("*/declaration.toml")}
