"""The provincial identity provider: OpenID Connect, authorization code with PKCE."""

from services.adapters.identity.client import OidcProvider
from services.adapters.identity.discovery import Discovery
from services.identity.ports import IdentityProvider
from services.kernel.adapter import AdapterContext, Built
from services.outbound.client import DepartmentClient

PROVIDES = (IdentityProvider,)
NAME = "identity"
MAX_ANSWER_BYTES = 200_000


async def build(context: AdapterContext) -> Built:
    endpoint = context.settings.departments[NAME]
    client = DepartmentClient(endpoint, NAME, context.clock, max_answer_bytes=MAX_ANSWER_BYTES)
    discovery = Discovery(client, endpoint.base_url, context.clock)
    provider = OidcProvider(
        client, discovery, context.settings.options["identity.client_id"], endpoint.secret, context.clock
    )
    return Built(ports={IdentityProvider: provider}, close=client.close, circuit=client.circuit)
