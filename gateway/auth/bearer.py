"""From an Authorization header to the person who asks."""

from typing import TYPE_CHECKING

from services.identity.errors import TokenInvalid
from services.kernel.principal import Principal

if TYPE_CHECKING:
    from gateway.bootstrap import Services

WITHOUT_TOKEN = frozenset({"startSignIn", "completeSignIn", "refreshSession"})
"""Root fields that lead to a token: an old one that an app still sends with them must not get in the way."""


async def authenticate(services: "Services", authorization: str | None) -> Principal | None:
    """The person behind ``Bearer <access token>``; None without a header.

    Raises a subclass of `Unauthenticated` that says why, `SubjectNotAllowed`, or `StoreDown`.
    """
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenInvalid()
    return await services.identity.authenticate(token.strip())
