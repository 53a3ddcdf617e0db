"""The provincial identity provider: OpenID Connect code flow with PKCE, for one confidential client.

/.well-known/openid-configuration   discovery
/authorize                          the page; with ``login_hint=zhangsan&prompt=none`` it answers at once
/token                              code → id token and access token; client by HTTP Basic
/userinfo                           name, id number, phone, children, companies
/jwks                               its keys
/__mock__                           scripts; ``kind=refuse`` with code ``access_denied`` refuses at /authorize

Levels: acr L1 phone, L2 real name, L3 face. The session of a browser is not kept: every sign-in is fresh.
"""

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from mocks.config import MockConfig
from mocks.control import Control, Kind
from mocks.identity.page import authorize_page, error_page
from mocks.identity.tokens import ProviderKeys, at_hash, s256
from mocks.people import COMPANIES, PEOPLE, Person

CLIENT_ID = "liaocheng-subhall"
AMR = {"L1": ["otp"], "L2": ["otp", "user"], "L3": ["otp", "face"]}
CODE_LIFE = timedelta(seconds=60)
TOKEN_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code or an access token stands for."""

    person: Person
    level: str
    nonce: str
    challenge: str
    redirect_uri: str
    authenticated_at: datetime
    expires_at: datetime


class Provider:
    """The provider's state: keys, codes given out, tokens given out. `edit` lets a test bend the id token."""

    def __init__(self, config: MockConfig) -> None:
        self.config = config
        self.keys = ProviderKeys()
        self.control = Control("identity", "统一身份认证（模拟）")
        self.algorithm = "ES256"
        self.codes: dict[str, Grant] = {}
        self.tokens: dict[str, Grant] = {}
        self.id_token_claims: dict[str, Any] = {}
        """Replaces claims of the next id tokens: for tests of bad ones."""
        self.id_token_header: dict[str, Any] = {}
        self.forge: str | None = None
        """Given out in place of the id token."""
        self.userinfo_claims: dict[str, Any] = {}
        """Replaces claims of userinfo, for example a company power that has ended."""
        self.control.on_reset(self._forget)

    def _forget(self) -> None:
        for kept in (self.codes, self.tokens, self.id_token_claims, self.id_token_header, self.userinfo_claims):
            kept.clear()
        self.forge = None
        self.algorithm = "ES256"

    async def discovery(self, request: Request) -> Response:
        if broken := await self.control.disturb(None):
            return broken
        base = self.config.own_url
        return JSONResponse(
            {
                "issuer": base,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "userinfo_endpoint": f"{base}/userinfo",
                "jwks_uri": f"{base}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256", "RS256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "acr_values_supported": ["L1", "L2", "L3"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def jwks(self, request: Request) -> Response:
        if broken := await self.control.disturb(None):
            return broken
        return JSONResponse(self.keys.jwks, headers={"cache-control": "public, max-age=300"})

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params) if request.method == "GET" else await _form(request)
        if asked.get("client_id") != CLIENT_ID or not self._may_return_to(asked.get("redirect_uri", "")):
            return HTMLResponse(error_page("应用编号或返回地址没有登记。"), status_code=400)
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            return self._back(asked, error="invalid_request")
        if not asked.get("code_challenge") or not asked.get("state") or not asked.get("nonce"):
            return self._back(asked, error="invalid_request")
        if asked.get("deny"):
            return self._back(asked, error="access_denied")
        level = next((one for one in asked.get("acr_values", "L2").split() if one in AMR), "L2")
        person = PEOPLE.get(asked.get("login_hint", ""))
        if request.method == "GET" and asked.get("prompt") != "none":
            shown = {name: value for name, value in asked.items() if name not in ("login_hint", "prompt")}
            return HTMLResponse(authorize_page(shown, level), headers={"cache-control": "no-store"})
        if person is None or not person.phone:
            return self._back(asked, error="login_required")
        self.control.record(request, "authorize", person.id_number, level=level)
        if refused := self.control.take(person.id_number, Kind.REFUSE):
            return self._back(asked, error=refused.code or "access_denied")
        now = self.config.now()
        code = secrets.token_urlsafe(24)
        self.codes[code] = Grant(
            person, level, asked["nonce"], asked["code_challenge"], asked["redirect_uri"], now, now + CODE_LIFE
        )
        return self._back(asked, code=code)

    def _back(self, asked: dict[str, str], **answer: str) -> Response:
        values = answer | {"state": asked.get("state", ""), "iss": self.config.own_url}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(values)}", status_code=303)

    def _may_return_to(self, redirect_uri: str) -> bool:
        """The gateway's own page, and loopback for developers' apps (RFC 8252 §7.3)."""
        url = urlsplit(redirect_uri)
        loopback = url.scheme == "http" and url.hostname in {"localhost", "127.0.0.1", "::1"}
        return redirect_uri == f"{self.config.gateway_url}/auth/callback" or loopback

    async def token(self, request: Request) -> Response:
        form = await _form(request)
        grant = self.codes.pop(form.get("code", ""), None)  # a code works once, also when the rest is wrong
        self.control.record(request, "token", grant.person.id_number if grant else None)
        if broken := await self.control.disturb(grant.person.id_number if grant else None):
            return broken
        if not self._knows_client(request.headers.get("authorization", "")):
            return _refuse("invalid_client", 401)
        if form.get("grant_type") != "authorization_code":
            return _refuse("unsupported_grant_type")
        now = self.config.now()
        if grant is None or now >= grant.expires_at or form.get("redirect_uri") != grant.redirect_uri:
            return _refuse("invalid_grant")
        if s256(form.get("code_verifier", "")) != grant.challenge:
            return _refuse("invalid_grant")
        access_token = secrets.token_urlsafe(24)
        self.tokens[access_token] = grant
        claims = {
            "iss": self.config.own_url,
            "sub": _subject(grant.person),
            "aud": CLIENT_ID,
            "azp": CLIENT_ID,
            "iat": int(now.timestamp()),
            "exp": int((now + TOKEN_LIFE).timestamp()),
            "auth_time": int(grant.authenticated_at.timestamp()),
            "nonce": grant.nonce,
            "acr": grant.level,
            "amr": AMR[grant.level],
            "at_hash": at_hash(access_token),
        }
        bent = {name: value for name, value in (claims | self.id_token_claims).items() if value is not None}
        id_token = self.forge or self.keys.sign(bent, self.algorithm, self.id_token_header)
        return JSONResponse(
            {
                "access_token": access_token,
                "token_type": "Bearer",
                "expires_in": int(TOKEN_LIFE.total_seconds()),
                "id_token": id_token,
            },
            headers={"cache-control": "no-store"},
        )

    def _knows_client(self, authorization: str) -> bool:
        scheme, _, value = authorization.partition(" ")
        try:
            client, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return False
        right = hmac.compare_digest(unquote(secret).encode(), self.config.secret.encode())
        return scheme.lower() == "basic" and unquote(client) == CLIENT_ID and right

    async def userinfo(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self.tokens.get(token) if scheme.lower() == "bearer" else None
        if broken := await self.control.disturb(grant.person.id_number if grant else None):
            return broken
        if grant is None:
            return JSONResponse({"error": "invalid_token"}, status_code=401)
        return JSONResponse(_userinfo(grant.person, self.config.now()) | self.userinfo_claims)

    async def rotate(self, request: Request) -> Response:
        self.keys.rotate()
        return Response(status_code=204)


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace")))


def _subject(person: Person) -> str:
    return f"sd-{person.key}"


def _userinfo(person: Person, now: datetime) -> dict[str, Any]:
    children = [
        p
        for p in PEOPLE.values()
        if person.key in p.guardians and now.date() < _eighteen(date.fromisoformat(p.birth_date))
    ]
    return {
        "sub": _subject(person),
        "name": person.name,
        "id_number": person.id_number,
        "gender": person.gender,
        "birthdate": person.birth_date,
        "phone_number": person.phone,
        "region": person.region,
        "children": [
            {
                "name": p.name,
                "id_number": p.id_number,
                "gender": p.gender,
                "birthdate": p.birth_date,
                "region": p.region,
            }
            for p in children
        ],
        "companies": [
            {"name": c.name, "uscc": c.uscc, "region": c.region, "role": "LEGAL_REPRESENTATIVE", "valid_until": None}
            for c in COMPANIES.values()
            if person.key in c.agents
        ],
    }


def _eighteen(birth: date) -> date:
    try:
        return birth.replace(year=birth.year + 18)
    except ValueError:
        return date(birth.year + 18, 3, 1)


def _refuse(error: str, status: int = 400) -> Response:
    return JSONResponse({"error": error}, status_code=status, headers={"cache-control": "no-store"})


def create_app(config: MockConfig) -> Starlette:
    provider = Provider(config)
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.discovery),
            Route("/jwks", provider.jwks),
            Route("/authorize", provider.authorize, methods=["GET", "POST"]),
            Route("/token", provider.token, methods=["POST"]),
            Route("/userinfo", provider.userinfo),
            Route("/__mock__/rotate", provider.rotate, methods=["POST"]),
            *provider.control.routes(),
        ]
    )
    app.state.provider = provider
    return app
