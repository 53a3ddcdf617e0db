"""The JWT carrier: a compact JWS, signed with ES256; the header is encoded once per key."""

from certs_schema.presentation import Statement, TokenSigner
from certs_schema.verifier.token import ALGORITHM, Presentation, PublicKey, Unverified, check, parse
from services.kernel.signing import SigningKey

MOST_SIGNERS = 16


class JwtCarrier:
    """`services.verification.ports.Carrier`."""

    def __init__(self) -> None:
        self._signers: dict[str, TokenSigner] = {}

    def make(self, key: SigningKey, statement: Statement) -> str:
        signer = self._signers.get(key.kid)
        if signer is None:
            if key.algorithm != ALGORITHM:
                raise ValueError(f"the JWT carrier signs with {ALGORITHM}, the key is for {key.algorithm}")
            if len(self._signers) >= MOST_SIGNERS:  # rotated keys: a few a year
                self._signers.clear()
            signer = self._signers[key.kid] = TokenSigner(key.kid, key.private_key)
        return signer.sign(statement)

    def open(self, code: str) -> Unverified:
        return parse(code)

    def check(self, unverified: Unverified, key: PublicKey | None, issuer: str, now: float) -> Presentation:
        return check(unverified, key, issuer, now)
