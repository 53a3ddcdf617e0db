"""The offline check: published keys and this device's own memory; no network, and it says so."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from certs_schema.verifier.errors import Code, VerifyError
from certs_schema.verifier.keys import KeySet
from certs_schema.verifier.replay import ReplayCache
from certs_schema.verifier.token import Presentation, check, parse

_CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class OfflineResult:
    """A presentation that is good as far as can be told offline."""

    presentation: Presentation
    checked_at: int
    keys_as_of: int

    @property
    def statement_zh(self) -> str:
        return (
            f"离线核验：签名有效，证照状态截至 {moment_text(self.presentation.issued_at)}（签发亮证码时）。"
            "此后是否撤销、是否已在别的设备上使用过，离线无法得知。"
        )

    @property
    def statement_en(self) -> str:
        return (
            f"Checked offline: the signature is good, status as of {moment_text(self.presentation.issued_at)}, when "
            "it was signed. A later revocation, or a use on another device, cannot be seen offline."
        )


class OfflineVerifier:
    """Checks presentations against `keys`; each is accepted once on this device.

    `issuer` is the only issuer trusted, exactly as it stands in the token. `now` gives Unix seconds.
    """

    def __init__(self, keys: KeySet, issuer: str, replay: ReplayCache, now: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._issuer = issuer
        self._replay = replay
        self._now = now

    def verify(self, token: object) -> OfflineResult:
        """What the token says. Raises `VerifyError`, and nothing else, for any input."""
        unverified = parse(token)
        now = self._now()
        presentation = check(unverified, self._keys.get(unverified.kid), self._issuer, now)
        first_used_at = self._replay.consume(presentation, now)
        if first_used_at is not None:
            raise VerifyError(Code.ALREADY_USED, first_used_at=first_used_at)
        return OfflineResult(presentation, int(now), self._keys.as_of)


def moment_text(seconds: int) -> str:
    """A moment in China, ISO 8601."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(_CHINA).isoformat()
