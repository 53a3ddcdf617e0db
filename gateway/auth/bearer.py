"""From an Authorization header to the person who asks."""

from gateway.bootstrap import Services
from services.kernel.errors import Unauthenticated
from services.kernel.principal import Principal


async def authenticate(services: Services, authorization: str | None) -> Principal | None:
    """The person behind ``Bearer <access token>``; None without a header. Raises `Unauthenticated`."""
    if authorization is None:
        return None
    raise Unauthenticated()
