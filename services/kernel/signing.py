"""Keys as those who sign or check see them; `services.keyring` provides them, wired by bootstrap."""

from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey


class SigningKey(Protocol):
    """A key to sign with; `private_key` is a ready key object."""

    @property
    def kid(self) -> str: ...

    @property
    def algorithm(self) -> str: ...

    @property
    def private_key(self) -> EllipticCurvePrivateKey: ...


class VerificationKey(Protocol):
    """A published key; `algorithm` is the only one accepted for it."""

    @property
    def kid(self) -> str: ...

    @property
    def algorithm(self) -> str: ...

    @property
    def public_key(self) -> EllipticCurvePublicKey: ...


class SigningKeys(Protocol):
    """The keys of one purpose. Cheap to ask: the provider caches key objects, and bounds what unknown ids cost."""

    async def signing_key(self) -> SigningKey:
        """The key that signs now. Raises `Unavailable` when there is none."""

    async def verification_key(self, kid: str) -> VerificationKey | None:
        """The published key of exactly this id."""
