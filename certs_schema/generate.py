"""Writes what is generated in each type's folder: `python -m certs_schema.generate [--check] [FOLDER …]`.

`claims.schema.json` is the JSON Schema of the claims; `vectors.json` are presentations of the example signed
with the published test key, for whoever writes a verifier of their own. Never trust that key.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key

from certs_schema.presentation import LIFE_SECONDS, Statement, TokenSigner
from certs_schema.registry import TYPES, LoadedType, load_type
from certs_schema.verifier.token import encode_segment

TEST_KID = "test-vectors-never-trust-this-key"
TEST_ISSUER = "https://vectors.example"
TEST_MOMENT = 1_795_000_000
"""When the vectors were signed (Unix seconds)."""


def test_key() -> EllipticCurvePrivateKey:
    """The published test key: everybody has its private half."""
    return derive_private_key(int.from_bytes(b"liaocheng published test key 001"), SECP256R1())


def test_jwks() -> dict[str, Any]:
    """The public half of the test key as a key set."""
    numbers = test_key().public_key().public_numbers()
    x, y = (encode_segment(n.to_bytes(32)) for n in (numbers.x, numbers.y))
    jwk = {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": TEST_KID, "x": x, "y": y}
    return {"keys": [jwk]}


def vectors(loaded: LoadedType) -> dict[str, Any]:
    """Signed presentations of the type's example: one good, and ones that a verifier must refuse, with the reason."""
    one, claims = loaded.type, loaded.example
    statement = Statement(
        TEST_ISSUER,
        "c3ViamVjdC1vZi12ZWN0b3",
        "anRpLW9mLXRoZS12ZWN0b3",
        TEST_MOMENT,
        TEST_MOMENT + LIFE_SECONDS,
        one.code,
        "MINIMAL",
        one.masked_holder(claims),
        one.minimal(claims),
    )
    token = TokenSigner(TEST_KID, test_key(), deterministic=True).sign(statement)
    head, payload, signature = token.split(".")
    stranger = TokenSigner("another-key", test_key(), deterministic=True).sign(statement)
    none = encode_segment(json.dumps({"alg": "none", "kid": TEST_KID, "typ": "lc-presentation+jwt"}).encode())
    other = encode_segment(json.dumps({"alg": "ES256", "kid": TEST_KID, "typ": "at+jwt"}).encode())
    return {
        "issuer": TEST_ISSUER,
        "now": TEST_MOMENT + 1,
        "jwks": test_jwks(),
        "valid": {"token": token, "holder": statement.holder, "claims": dict(statement.claims)},
        "refused": [
            {"code": "TOKEN_MALFORMED", "token": f"{head}.{payload}."},
            {"code": "SIGNATURE_INVALID", "token": f"{head}.{payload}.{'A' * 86}"},
            {"code": "UNKNOWN_KEY", "token": stranger},
            {"code": "WRONG_ALGORITHM", "token": f"{none}.{payload}.{signature}"},
            {"code": "WRONG_TYPE", "token": f"{other}.{payload}.{signature}"},
        ],
    }


def files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Each generated file of a type's folder with the text that it should hold. Raises `BadDeclaration`."""
    loaded = load_type(folder)
    for name, content in (("claims.schema.json", loaded.schema), ("vectors.json", vectors(loaded))):
        yield folder / name, json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """0: written, or up to date; 1: stale under ``--check``."""
    parser = argparse.ArgumentParser(prog="python -m certs_schema.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
    parser.add_argument("folder", nargs="*", type=Path, help="a type's folder; by default all of them")
    chosen = parser.parse_args(arguments)
    stale = []
    for folder in chosen.folder or sorted(path.parent for path in TYPES.glob("*/declaration.toml")):
        for path, text in files(folder):
            if path.exists() and path.read_text(encoding="utf-8") == text:
                continue
            stale.append(path)
            if not chosen.check:
                path.write_text(text, encoding="utf-8")
    for path in stale:
        sys.stdout.write(f"{'stale' if chosen.check else 'wrote'} {path}\n")
    return 1 if chosen.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
