"""`services.identity.ports.IdentityProvider` over OpenID Connect."""

import base64
import json
from typing import Any
from urllib.parse import quote, urlencode

import jwt

from services.adapters.identity.discovery import ALGORITHMS, Discovery
from services.adapters.identity.wire import ACR, check_id_token, read_userinfo
from services.identity.errors import SignInRefused
from services.identity.model import ProvenIdentity
from services.identity.ports import AuthorizationRequest, CodeExchange
from services.kernel.clock import Clock
from services.kernel.errors import DepartmentDown
from services.outbound.client import DepartmentClient
from services.outbound.errors import DepartmentRefused

MAX_ID_TOKEN = 8192
_OUR_FAULT = {"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_request"}
"""Refusals that mean our set-up is wrong, not the citizen."""


class OidcProvider:
    """One provider; we are its confidential client ``client_id``."""

    def __init__(
        self, client: DepartmentClient, discovery: Discovery, client_id: str, secret: str, clock: Clock
    ) -> None:
        self._client = client
        self._discovery = discovery
        self._client_id = client_id
        self._secret = secret
        self._clock = clock

    async def authorization_url(self, request: AuthorizationRequest) -> str:
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": request.redirect_uri,
            "scope": "openid profile",
            "state": request.state,
            "nonce": request.nonce,
            "code_challenge": request.code_challenge,
            "code_challenge_method": "S256",
            "acr_values": ACR[request.assurance],
        }
        if request.fresh:
            query |= {"prompt": "login", "max_age": "0"}
        return f"{(await self._discovery.endpoints()).authorization}?{urlencode(query)}"

    async def issuer(self) -> str:
        return (await self._discovery.endpoints()).issuer

    async def exchange(self, exchange: CodeExchange) -> ProvenIdentity:
        endpoints = await self._discovery.endpoints()
        answer = await self._redeem(endpoints.token, exchange)
        access_token, id_token = answer.get("access_token"), answer.get("id_token")
        if not isinstance(access_token, str) or not isinstance(id_token, str):
            raise DepartmentDown(self._client.name)
        subject, level, authenticated_at = check_id_token(
            await self._verified(id_token, endpoints.algorithms),
            issuer=endpoints.issuer,
            client_id=self._client_id,
            nonce=exchange.nonce,
            access_token=access_token,
            now=self._clock.now(),
            authenticated_after=exchange.authenticated_after,
        )
        try:
            userinfo = await self._client.get(endpoints.userinfo, headers={"Authorization": f"Bearer {access_token}"})
        except DepartmentRefused as error:
            raise SignInRefused() from error
        return read_userinfo(userinfo, subject, level, authenticated_at)

    async def _redeem(self, path: str, exchange: CodeExchange) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": exchange.code,
            "redirect_uri": exchange.redirect_uri,
            "code_verifier": exchange.verifier,
        }
        basic = base64.b64encode(f"{quote(self._client_id)}:{quote(self._secret)}".encode()).decode()
        try:
            answer = await self._client.post(path, form=form, headers={"Authorization": f"Basic {basic}"})
        except DepartmentRefused as error:
            if error.reason in _OUR_FAULT:
                raise DepartmentDown(self._client.name) from error
            raise SignInRefused() from error
        if not isinstance(answer, dict):
            raise DepartmentDown(self._client.name)
        return answer

    async def _verified(self, id_token: str, algorithms: frozenset[str]) -> Any:
        """The payload of an id token with a good signature. The algorithm is that of the published key."""
        if len(id_token) > MAX_ID_TOKEN:
            raise SignInRefused()
        try:
            header = jwt.get_unverified_header(id_token)
            kid, algorithm = header.get("kid"), header.get("alg")
            if algorithm not in algorithms or algorithm not in ALGORITHMS or "crit" in header:
                raise SignInRefused()
            if not isinstance(kid, str) or not 0 < len(kid) <= 128 or header.get("typ", "JWT") not in ("JWT", "jwt"):
                raise SignInRefused()
            key = await self._discovery.key(kid, algorithm)
            if key is None:
                raise SignInRefused()
            decoded = jwt.api_jws.decode(id_token, key.key, algorithms=[algorithm])
            return json.loads(decoded)
        except (jwt.PyJWTError, ValueError) as error:
            raise SignInRefused() from error
