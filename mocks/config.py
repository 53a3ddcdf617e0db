"""What every mock is told when it starts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def machine_time() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class MockConfig:
    """Where the mock stands and whom it talks to. URLs have no slash at the end."""

    gateway_url: str
    """Where callbacks go."""
    own_url: str
    """Where this mock is reached; issuer of what it signs."""
    secret: str
    """Shared with the gateway; signs its calls and our callbacks (HMAC-SHA256)."""
    now: Callable[[], datetime] = machine_time
    """The present moment, timezone-aware; tests inject a clock."""
