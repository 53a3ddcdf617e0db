"""Why a presentation is refused: one error, stable codes, a sentence in Chinese and in English for each."""

from enum import StrEnum


class Code(StrEnum):
    """Stable reasons. The online endpoint and the offline verifier share them."""

    TOKEN_MALFORMED = "TOKEN_MALFORMED"  # noqa: S105 - the name of a reason, not a secret
    WRONG_TYPE = "WRONG_TYPE"
    WRONG_ALGORITHM = "WRONG_ALGORITHM"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    WRONG_ISSUER = "WRONG_ISSUER"
    NOT_YET_VALID = "NOT_YET_VALID"
    EXPIRED = "EXPIRED"
    ALREADY_USED = "ALREADY_USED"
    CANCELLED = "CANCELLED"
    REVOKED = "REVOKED"
    SUSPENDED = "SUSPENDED"
    CERTIFICATE_EXPIRED = "CERTIFICATE_EXPIRED"
    SUPERSEDED = "SUPERSEDED"
    NOT_KNOWN = "NOT_KNOWN"
    KEYS_UNAVAILABLE = "KEYS_UNAVAILABLE"
    REPLAY_CACHE_UNAVAILABLE = "REPLAY_CACHE_UNAVAILABLE"


SENTENCES: dict[Code, tuple[str, str]] = {
    Code.TOKEN_MALFORMED: ("这不是有效的亮证码，请对方重新出示。", "This is not a presentation code."),
    Code.WRONG_TYPE: ("这不是亮证用的码，请对方打开“亮证”重新出示。", "This token is not a presentation."),
    Code.WRONG_ALGORITHM: ("亮证码的签名算法不符，请勿采信。", "The signature algorithm is not the key's."),
    Code.UNKNOWN_KEY: ("亮证码不是由本市签发，或核验公钥需要更新。", "Not signed by a key that is published."),
    Code.SIGNATURE_INVALID: ("亮证码的签名不对，内容可能被改动，请勿采信。", "The signature does not match."),
    Code.WRONG_ISSUER: ("亮证码的签发方不是所信任的签发方，请勿采信。", "The issuer is not the one trusted here."),
    Code.NOT_YET_VALID: ("亮证码的签发时间晚于现在，请检查本机时间。", "Issued in the future: check this clock."),
    Code.EXPIRED: ("亮证码已过期，请对方刷新后重新出示。", "The code has expired; ask for a fresh one."),
    Code.ALREADY_USED: ("亮证码已被核验过，一码只能用一次，请对方刷新后重新出示。", "The code was used before."),
    Code.CANCELLED: ("对方已取消这次亮证，请重新出示。", "The holder has cancelled this presentation."),
    Code.REVOKED: ("该证照已被撤销，请勿采信。", "The certificate has been revoked."),
    Code.SUSPENDED: ("该证照已暂停使用，请向颁发机构核实。", "The certificate is suspended."),
    Code.CERTIFICATE_EXPIRED: ("该证照已超过有效期。", "The certificate is past its validity."),
    Code.SUPERSEDED: ("该证照已被新证照替代，请出示新证照。", "A newer certificate replaces this one."),
    Code.NOT_KNOWN: ("没有这次亮证的记录，请对方刷新后重新出示。", "No record of this presentation; show it again."),
    Code.KEYS_UNAVAILABLE: ("没有可用的核验公钥，暂时无法核验。", "No usable published keys: cannot decide."),
    Code.REPLAY_CACHE_UNAVAILABLE: (
        "本机防重放记录不可用，暂时无法核验。",
        "The replay cache is unusable: cannot decide.",
    ),
}

UNDECIDED = frozenset({Code.KEYS_UNAVAILABLE, Code.REPLAY_CACHE_UNAVAILABLE})
"""Codes that say nothing about the token: the verifier itself could not work."""


class VerifyError(Exception):
    """The presentation is refused, or cannot be judged. Holds no part of the token."""

    def __init__(self, code: Code, *, first_used_at: int | None = None) -> None:
        self.code = code
        self.first_used_at = first_used_at
        """Unix seconds; set for ALREADY_USED where it is known."""
        super().__init__(code.value)

    @property
    def message_zh(self) -> str:
        return SENTENCES[self.code][0]

    @property
    def message_en(self) -> str:
        return SENTENCES[self.code][1]
