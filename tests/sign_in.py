"""Sign a demo person in the way an app does it: over HTTP, through the identity provider's own pages."""

from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import aiohttp

from services.kernel.ids import new_id

START = """mutation($input: StartSignInInput!) { startSignIn(input: $input) { authorizationUrl state } }"""
TOKENS = "tokens { accessToken refreshToken expiresAt subject session { id device assurance current } }"
COMPLETE = f"mutation($input: CompleteSignInInput!) {{ completeSignIn(input: $input) {{ {TOKENS} }} }}"


class HasUrl(Protocol):
    @property
    def url(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an app keeps after sign-in. `session_id` and `subject` are global ids."""

    access: str
    refresh: str
    session_id: str
    subject: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access}"}


@dataclass(frozen=True, slots=True)
class Returned:
    """The query of the identity provider's redirect back to the app."""

    state: str
    code: str | None
    iss: str
    error: str | None


async def sign_in(
    city_or_url: HasUrl | str, person_key: str = "zhangsan", assurance: str = "REAL_NAME", device: str | None = None
) -> Tokens:
    """Tokens of a fresh session of the demo person. `assurance` is PHONE, REAL_NAME or FACE.

    The device gets a name of its own, so that many sign-ins in one test are not throttled.
    """
    url = city_or_url if isinstance(city_or_url, str) else city_or_url.url
    async with aiohttp.ClientSession() as http:
        started = await start(http, url, assurance, device or f"测试手机 {new_id()[-6:]}")
        returned = await authorize(http, started["authorizationUrl"], person_key)
        assert returned.code is not None, returned.error
        assert returned.state == started["state"]
        answer = await post(http, url, COMPLETE, complete_input(returned))
        return tokens_of(answer["data"]["completeSignIn"]["tokens"])


async def start(http: aiohttp.ClientSession, url: str, assurance: str, device: str) -> dict[str, str]:
    """The answer of `startSignIn`."""
    values = {
        "idempotencyKey": new_id(),
        "redirectUri": f"{url}/auth/callback",
        "device": device,
        "assurance": assurance,
    }
    answer = await post(http, url, START, values)
    started: dict[str, str] = answer["data"]["startSignIn"]
    return started


async def authorize(http: aiohttp.ClientSession, authorization_url: str, person_key: str) -> Returned:
    """Be the citizen at the identity provider; what its redirect brings back."""
    asked = f"{authorization_url}&login_hint={person_key}"
    asked = asked.replace("prompt=login", "prompt=none") if "prompt=login" in asked else f"{asked}&prompt=none"
    async with http.get(asked, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
        query = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    return Returned(query["state"], query.get("code"), query["iss"], query.get("error"))


def complete_input(returned: Returned, **values: Any) -> dict[str, Any]:
    """The input of `completeSignIn` and `completeStepUp`."""
    return {
        "idempotencyKey": new_id(),
        "state": returned.state,
        "code": returned.code,
        "iss": returned.iss,
        **values,
    }


def tokens_of(answer: dict[str, Any]) -> Tokens:
    return Tokens(answer["accessToken"], answer["refreshToken"] or "", answer["session"]["id"], answer["subject"])


async def post(
    http: aiohttp.ClientSession, url: str, query: str, values: dict[str, Any], token: str | None = None
) -> dict[str, Any]:
    """One mutation with a single `input`; fails the test on errors."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    body = {"query": query, "variables": {"input": values}}
    async with http.post(f"{url}/graphql", json=body, headers=headers) as answer:
        parsed: dict[str, Any] = await answer.json(content_type=None)
    assert "errors" not in parsed, parsed
    return parsed
