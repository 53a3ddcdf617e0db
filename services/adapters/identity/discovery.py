"""Where the provider's endpoints and keys are (OpenID Connect Discovery 1.0), read seldom and kept.

The provider rotates its keys as it likes: a key id that is not known has the key set read again, at most
once in `RELOAD_INTERVAL`, so that tokens with invented ids do not make us hammer the provider.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jwt import PyJWK
from jwt.exceptions import PyJWKError

from services.kernel.clock import Clock
from services.kernel.errors import DepartmentDown
from services.outbound.client import DepartmentClient
from services.outbound.errors import DepartmentRefused

KEEP = timedelta(hours=1)
RELOAD_INTERVAL = timedelta(seconds=30)
ALGORITHMS = {"ES256": ("EC", "P-256"), "RS256": ("RSA", None)}
"""What we accept, and the key each needs; nothing symmetric, never none."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The provider's addresses; `token`, `userinfo` and `jwks` as paths under its base URL."""

    issuer: str
    authorization: str
    token: str
    userinfo: str
    jwks: str
    algorithms: frozenset[str]


class Discovery:
    """Endpoints and keys of one provider, in memory. Raises `DepartmentDown` when they cannot be had."""

    def __init__(self, client: DepartmentClient, base_url: str, clock: Clock) -> None:
        self._client = client
        self._base_url = base_url
        self._clock = clock
        self._endpoints: tuple[datetime, Endpoints] | None = None
        self._keys: tuple[datetime, dict[str, PyJWK]] | None = None
        self._lock = asyncio.Lock()

    async def endpoints(self) -> Endpoints:
        now = self._clock.now()
        if self._endpoints is None or now - self._endpoints[0] >= KEEP:
            async with self._lock:
                if self._endpoints is None or now - self._endpoints[0] >= KEEP:
                    self._endpoints = now, self._read(await self._get("/.well-known/openid-configuration"))
        return self._endpoints[1]

    async def key(self, kid: str, algorithm: str) -> PyJWK | None:
        """The published key of exactly this id, if it is for this algorithm; else None."""
        now = self._clock.now()
        if self._keys is None or now - self._keys[0] >= KEEP or kid not in self._keys[1]:
            await self._load_keys(now)
        found = self._keys[1].get(kid) if self._keys else None
        return found if found is not None and found.algorithm_name == algorithm else None

    async def _load_keys(self, now: datetime) -> None:
        jwks = (await self.endpoints()).jwks
        async with self._lock:
            if self._keys is not None and now - self._keys[0] < RELOAD_INTERVAL:
                return
            answer = await self._get(jwks)
            keys: dict[str, PyJWK] = {}
            for one in answer.get("keys", []) if isinstance(answer, dict) else []:
                if _usable(one):
                    try:
                        keys[one["kid"]] = PyJWK(one, algorithm=one["alg"])
                    except PyJWKError:
                        continue  # a key that we cannot read cannot verify either: the token will be refused
            self._keys = now, keys

    async def _get(self, path: str) -> Any:
        try:
            return await self._client.get(path)
        except DepartmentRefused as error:
            raise DepartmentDown(self._client.name) from error

    def _read(self, document: Any) -> Endpoints:
        """Endpoints that are not under the configured base URL are refused: secrets go there."""
        if not isinstance(document, dict) or document.get("issuer") != self._base_url:
            raise DepartmentDown(self._client.name)
        paths = {}
        for name in ("token_endpoint", "userinfo_endpoint", "jwks_uri", "authorization_endpoint"):
            url = document.get(name)
            if not isinstance(url, str) or not url.startswith(self._base_url + "/"):
                raise DepartmentDown(self._client.name)
            paths[name] = url.removeprefix(self._base_url)
        offered = document.get("id_token_signing_alg_values_supported")
        algorithms = frozenset(offered if isinstance(offered, list) else ()) & frozenset(ALGORITHMS)
        if not algorithms or "S256" not in document.get("code_challenge_methods_supported", ["S256"]):
            raise DepartmentDown(self._client.name)
        return Endpoints(
            self._base_url,
            document["authorization_endpoint"],
            paths["token_endpoint"],
            paths["userinfo_endpoint"],
            paths["jwks_uri"],
            algorithms,
        )


def _usable(jwk: Any) -> bool:
    if not isinstance(jwk, dict) or not isinstance(jwk.get("kid"), str):
        return False
    needed = ALGORITHMS.get(str(jwk.get("alg")))
    return needed is not None and (jwk.get("kty"), jwk.get("crv")) == needed and jwk.get("use", "sig") == "sig"
