"""Remembers, on this device, which presentations were used, until they would be refused as expired anyway."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Protocol

from certs_schema.verifier.errors import Code, VerifyError
from certs_schema.verifier.token import SKEW_SECONDS, Presentation

WAIT_SECONDS = 5.0
_TABLE = "CREATE TABLE IF NOT EXISTS used (jti BLOB PRIMARY KEY, until INTEGER NOT NULL, at INTEGER NOT NULL)"


class ReplayCache(Protocol):
    """Single use on one device. Across devices a replay cannot be seen offline."""

    def consume(self, presentation: Presentation, now: float) -> int | None:
        """Mark as used, atomically; None when this is the first use, else the first use in Unix seconds.

        Raises `VerifyError` REPLAY_CACHE_UNAVAILABLE.
        """


class MemoryReplayCache:
    """For one process that runs as long as its tokens live."""

    def __init__(self) -> None:
        self._used: dict[str, tuple[float, int]] = {}

    def consume(self, presentation: Presentation, now: float) -> int | None:
        if len(self._used) > 10_000:
            self._used = {jti: used for jti, used in self._used.items() if used[0] > now}
        first = self._used.get(presentation.jti)
        if first is not None:
            return first[1]
        self._used[presentation.jti] = (presentation.expires_at + SKEW_SECONDS, int(now))
        return None


class FileReplayCache:
    """An SQLite file, shared by every process of the device; it holds hashes and times only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def consume(self, presentation: Presentation, now: float) -> int | None:
        key = hashlib.sha256(presentation.jti.encode()).digest()
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=WAIT_SECONDS, isolation_level=None)) as file:
                self._path.chmod(0o600)
                file.execute("BEGIN IMMEDIATE")
                file.execute(_TABLE)
                file.execute("DELETE FROM used WHERE until < ?", (int(now),))
                first = file.execute("SELECT at FROM used WHERE jti = ?", (key,)).fetchone()
                if first is None:
                    until = presentation.expires_at + SKEW_SECONDS
                    file.execute("INSERT INTO used (jti, until, at) VALUES (?, ?, ?)", (key, until, int(now)))
                file.execute("COMMIT")
        except (sqlite3.Error, OSError):
            raise VerifyError(Code.REPLAY_CACHE_UNAVAILABLE) from None
        return None if first is None else int(first[0])
