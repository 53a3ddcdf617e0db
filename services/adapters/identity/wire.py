"""The provider's words and ours: levels, id token claims, userinfo.

Names beyond OpenID Connect (`id_number`, `region`, `children`, `companies`, acr ``L1`` to ``L3``) are
assumed: the province publishes no specification. They are read here and nowhere else.
"""

import base64
import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta
from typing import Any

from stdnum.cn import ric, uscc

from services.identity.errors import IdentityNotProven, SignInRefused
from services.identity.model import Child, CompanyPower, ProvenIdentity
from services.kernel.principal import Assurance

ACR = {Assurance.PHONE: "L1", Assurance.REAL_NAME: "L2", Assurance.FACE: "L3"}
LEVELS = {acr: assurance for assurance, acr in ACR.items()}
SKEW = timedelta(seconds=60)
MAX_RELATIONS = 50


def check_id_token(
    claims: Any,
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str,
    now: datetime,
    authenticated_after: datetime | None,
) -> tuple[str, Assurance, datetime]:
    """(subject, level, time of authentication) of an id token whose signature is good.

    OpenID Connect Core §3.1.3.7, and RFC 8725. Raises `SignInRefused`.
    """
    if not isinstance(claims, dict):
        raise SignInRefused()
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    azp = claims.get("azp")
    moment, skew = now.timestamp(), SKEW.total_seconds()
    expires_at, issued_at, auth_time = (_second(claims.get(name)) for name in ("exp", "iat", "auth_time"))
    subject, level = claims.get("sub"), LEVELS.get(str(claims.get("acr")))
    given_nonce = claims.get("nonce")
    given_hash = claims.get("at_hash")
    good = (
        claims.get("iss") == issuer
        and client_id in audiences
        and (azp == client_id or (azp is None and len(audiences) == 1))
        and expires_at > moment - skew
        and moment - 600 - skew <= issued_at <= moment + skew
        and auth_time <= moment + skew
        and isinstance(given_nonce, str)
        and hmac.compare_digest(given_nonce.encode(), nonce.encode())
        and (given_hash is None or given_hash == _at_hash(access_token))
    )
    if not good or level is None or not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise SignInRefused()
    if authenticated_after is not None and auth_time < authenticated_after.timestamp():
        raise SignInRefused()
    return subject, level, datetime.fromtimestamp(auth_time, UTC)


def read_userinfo(answer: Any, subject: str, level: Assurance, authenticated_at: datetime) -> ProvenIdentity:
    """The person behind the id token. Raises `SignInRefused` when it is about another subject,
    `IdentityNotProven` when a name, a valid id number or a birth date is missing."""
    if not isinstance(answer, dict) or answer.get("sub") != subject:
        raise SignInRefused()
    try:
        person = _natural_person(answer)
        children = tuple(Child(**_natural_person(one)) for one in _list(answer, "children"))
        companies = tuple(_company(one) for one in _list(answer, "companies"))
    except (KeyError, TypeError, ValueError):
        raise IdentityNotProven() from None
    return ProvenIdentity(
        provider_id=subject,
        phone=str(answer.get("phone_number") or ""),
        assurance=level,
        authenticated_at=authenticated_at,
        children=children,
        companies=companies,
        **person,
    )


def _natural_person(one: dict[str, Any]) -> dict[str, Any]:
    id_number = str(one["id_number"]).upper()
    birth_date = date.fromisoformat(one["birthdate"])
    name = str(one["name"]).strip()
    written = datetime.strptime(id_number[6:14], "%Y%m%d").replace(tzinfo=UTC).date()
    if not name or len(id_number) != 18 or ric.calc_check_digit(id_number) != id_number[17] or written != birth_date:
        raise ValueError("not a resident id")
    return {
        "name": name,
        "id_number": id_number,
        "gender": str(one["gender"]),
        "birth_date": birth_date,
        "region": str(one["region"]),
    }


def _company(one: dict[str, Any]) -> CompanyPower:
    until = one.get("valid_until")
    code = str(one["uscc"]).upper()
    if len(code) != 18 or uscc.calc_check_digit(code[:17]) != code[17]:
        raise ValueError("not a USCC")
    return CompanyPower(
        name=str(one["name"]),
        uscc=code,
        region=str(one["region"]),
        valid_until=None if until is None else datetime.fromisoformat(until).astimezone(UTC),
        legal_representative=one.get("role") == "LEGAL_REPRESENTATIVE",
    )


def _list(answer: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = answer.get(name) or []
    if not isinstance(found, list) or len(found) > MAX_RELATIONS:
        raise ValueError(f"{name} is not a short list")
    return found


def _second(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e11:
        raise SignInRefused()
    return float(value)


def _at_hash(access_token: str) -> str:
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()
