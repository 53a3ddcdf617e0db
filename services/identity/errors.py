"""Refusals of sign-in, sessions and acting for others."""

from services.kernel.errors import Forbidden, InvalidInput, Overloaded, Rejected, Unauthenticated


class TokenInvalid(Unauthenticated):
    """The token is malformed, not ours, for somebody else, or its signature is wrong."""

    code = "TOKEN_INVALID"
    default_message = "登录凭据无效，请重新登录。"


class TokenExpired(Unauthenticated):
    """The access token ran out; `refreshSession` gives a new one."""

    code = "TOKEN_EXPIRED"
    default_message = "登录凭据已过期，请刷新后继续。"


class SessionExpired(Unauthenticated):
    """The session was idle for too long or reached its longest life."""

    code = "SESSION_EXPIRED"
    default_message = "登录已过期，请重新登录。"


class SessionEnded(Unauthenticated):
    """The session was ended: by the citizen, or because its refresh token was used twice."""

    code = "SESSION_ENDED"
    default_message = "这台设备的登录已退出，请重新登录。"


class RefreshTokenReused(Unauthenticated):
    """A refresh token came a second time. Somebody may hold a copy, so the whole session is ended."""

    code = "REFRESH_TOKEN_REUSED"
    default_message = "为了您的账号安全，这台设备的登录已退出，请重新登录。"


class SignInExpired(Unauthenticated):
    """The state is unknown, older than ten minutes, or already used."""

    code = "SIGN_IN_EXPIRED"
    default_message = "这次登录已失效，请重新发起登录。"


class SignInRefused(Unauthenticated):
    """The identity provider refused, or its answer does not prove who this is."""

    code = "SIGN_IN_REFUSED"
    default_message = "身份认证没有通过，请重新登录。"


class WrongPerson(Unauthenticated):
    """The step-up was done by another person than the one signed in."""

    code = "WRONG_PERSON"
    default_message = "认证的不是当前登录的本人，请由本人重新认证。"


class RedirectNotAllowed(InvalidInput):
    """The redirect URI is not on the list of this deployment."""

    code = "REDIRECT_NOT_ALLOWED"
    default_message = "返回地址不在允许的范围内，请联系应用开发者。"


class SubjectNotAllowed(Forbidden):
    """The person may not, or no longer, act for this subject."""

    code = "SUBJECT_NOT_ALLOWED"
    default_message = "您没有代为办理的权限，或者权限已经到期，请切换回本人办理。"


class TooManySignIns(Overloaded):
    """Too many sign-ins from this device or network; `retryAfterSeconds` says when to come back."""

    code = "TOO_MANY_SIGN_INS"
    default_message = "登录尝试过于频繁，请稍后再试。"


class IdentityNotProven(Rejected):
    """The identity provider does not tell what sign-in needs: name, id number or birth date."""

    code = "IDENTITY_NOT_PROVEN"
    default_message = "您的账号还没有完成实名认证，请先在爱山东完成实名认证。"
