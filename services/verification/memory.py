"""Presentations in the fast state: what they are of, how they ended, and that each is used once.

No store row is written for a presentation that nobody scans. Every key ends by itself. If the fast state
is lost, codes that are on screens are refused (NOT_KNOWN) and the phones show new ones.
"""

import hashlib
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime

import orjson

from services.kernel.errors import StoreDown
from services.kernel.fast_state import FastState
from services.kernel.principal import Subject, SubjectKind
from services.verification.model import MEMORY, Disclosure, Outcome, PresentationState, Shown


def presentation_id(jti: str) -> str:
    """The id by which the holder follows a presentation; it does not give the `jti` away."""
    return hashlib.sha256(b"presentation\x00" + jti.encode()).hexdigest()[:32]


class PresentationMemory:
    """What `VerificationService` keeps for minutes."""

    def __init__(self, fast_state: FastState) -> None:
        self._fast = fast_state

    async def remember(self, shown: Shown) -> None:
        await self._fast.set(f"verification.shown:{shown.id}", orjson.dumps(asdict(shown)).decode(), MEMORY)

    async def shown(self, id_: str) -> Shown | None:
        text = await self._fast.get(f"verification.shown:{id_}")
        if text is None:
            return None
        kept = orjson.loads(text)
        holder = Subject(SubjectKind(kept["holder"]["kind"]), kept["holder"]["id"])
        return Shown(**{**kept, "holder": holder, "disclosure": Disclosure(kept["disclosure"])})

    async def use(self, id_: str) -> bool:
        """True for one caller alone: the scan or the cancellation that ends this presentation."""
        return await self._fast.consume_once(f"verification.used:{id_}", MEMORY)

    async def release(self, id_: str) -> None:
        """Undo `use`, when its answer could not be given."""
        await self._undo(f"verification.used:{id_}")

    async def end(self, id_: str, outcome: Outcome) -> None:
        kept = {**asdict(outcome), "at": outcome.at.timestamp()}
        await self._fast.set(f"verification.outcome:{id_}", orjson.dumps(kept).decode(), MEMORY)

    async def outcome(self, id_: str) -> Outcome | None:
        text = await self._fast.get(f"verification.outcome:{id_}")
        if text is None:
            return None
        kept = orjson.loads(text)
        at = datetime.fromtimestamp(kept["at"], UTC)
        return Outcome(PresentationState(kept["state"]), at, kept["verifier"], kept["purpose"])

    async def claim(self, scope: str) -> bool:
        """True for the first request under this idempotency key."""
        return await self._fast.consume_once(f"verification.asked:{scope}", MEMORY)

    async def free(self, scope: str) -> None:
        """Undo `claim`, when nothing was made."""
        await self._undo(f"verification.asked:{scope}")

    async def _undo(self, key: str) -> None:
        """Best effort: it follows a failure, which is what the caller must learn of. The key ends by itself."""
        with suppress(StoreDown):
            await self._fast.delete(key)

    async def answer(self, scope: str, fingerprint: str, id_: str) -> None:
        await self._fast.set(f"verification.answer:{scope}", f"{fingerprint}:{id_}", MEMORY)

    async def answered(self, scope: str) -> tuple[str, str] | None:
        """The (fingerprint, presentation id) of the first request under this key."""
        text = await self._fast.get(f"verification.answer:{scope}")
        if text is None:
            return None
        fingerprint, _, id_ = text.partition(":")
        return fingerprint, id_
