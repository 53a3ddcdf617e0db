"""Showing a certificate (亮证): signing a code, following it, taking it back."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime

from certs_schema.presentation import LIFE_SECONDS, Statement, random_name
from services.kernel.clock import Clock
from services.kernel.errors import Conflict, IdempotencyKeyReused, InvalidInput, NotFound
from services.kernel.events import EventBus
from services.kernel.principal import Assurance, Principal
from services.kernel.signing import SigningKeys
from services.kernel.unit_of_work import MAX_KEY_LENGTH, fingerprint_of
from services.verification.memory import PresentationMemory, presentation_id
from services.verification.model import (
    FINAL,
    SKEW,
    Disclosure,
    Issued,
    Outcome,
    PresentationState,
    PresentationStatus,
    Shown,
)
from services.verification.ports import Carrier
from services.verification.views import View, Views

_WAIT_SECONDS = (0.02, 0.05, 0.1, 0.3)
"""How long a copy of a request waits for the first one's answer."""


def topic_of(id_: str) -> str:
    """The signal that a presentation's status changed."""
    return f"presentation:{id_}"


class Presenter:
    """Makes presentations for their holders."""

    def __init__(
        self,
        views: Views,
        keys: SigningKeys,
        carrier: Carrier,
        memory: PresentationMemory,
        events: EventBus,
        clock: Clock,
        issuer: str,
    ) -> None:
        self._views = views
        self._keys = keys
        self._carrier = carrier
        self._memory = memory
        self._events = events
        self._clock = clock
        self._issuer = issuer

    async def present(
        self, principal: Principal, certificate_id: str, idempotency_key: str, disclosure: Disclosure
    ) -> Issued:
        """A fresh code; the same code again for the same key while the fast state remembers it."""
        principal.require(Assurance.REAL_NAME)
        if not idempotency_key or len(idempotency_key) > MAX_KEY_LENGTH:
            raise InvalidInput(
                f"提交编号 idempotencyKey 须为 1 至 {MAX_KEY_LENGTH} 个字符。", field="input.idempotencyKey"
            )
        scope = hashlib.sha256(f"{principal.person_id}\x00{idempotency_key}".encode()).hexdigest()
        holder = principal.subject
        command = {"holder": [holder.kind, holder.id], "certificate": certificate_id, "disclosure": disclosure}
        fingerprint = fingerprint_of(command)
        if not await self._memory.claim(scope):
            return await self._again(scope, fingerprint)
        try:
            view = await self._views.of(holder, certificate_id)
            shown = self._shown(principal, certificate_id, disclosure)
            issued = await self._issue(shown, view)
            await self._memory.remember(shown)
            await self._memory.answer(scope, fingerprint, shown.id)
        except BaseException:
            await asyncio.shield(self._memory.free(scope))
            raise
        return issued

    async def _again(self, scope: str, fingerprint: str) -> Issued:
        for pause in (*_WAIT_SECONDS, None):
            first = await self._memory.answered(scope)
            if first is not None:
                if first[0] != fingerprint:
                    raise IdempotencyKeyReused()
                shown = await self._memory.shown(first[1])
                if shown is None:
                    break
                return await self._issue(shown, await self._views.of(shown.holder, shown.certificate_id))
            if pause is not None:
                await asyncio.sleep(pause)
        raise Conflict("同一操作正在处理，请稍后查看结果。")

    def _shown(self, principal: Principal, certificate_id: str, disclosure: Disclosure) -> Shown:
        jti, now = random_name(), int(self._clock.now().timestamp())
        return Shown(
            id=presentation_id(jti),
            jti=jti,
            subject=random_name(),
            person_id=principal.person_id,
            holder=principal.subject,
            certificate_id=certificate_id,
            disclosure=disclosure,
            issued_at=now,
            expires_at=now + LIFE_SECONDS,
        )

    async def _issue(self, shown: Shown, view: View) -> Issued:
        statement = Statement(
            issuer=self._issuer,
            subject=shown.subject,
            jti=shown.jti,
            issued_at=shown.issued_at,
            expires_at=shown.expires_at,
            type_code=view.type_code,
            disclosure=shown.disclosure.value,
            holder=view.holder,
            claims=view.claims,
        )
        token = self._carrier.make(await self._keys.signing_key(), statement)
        return Issued(shown.id, token, _moment(shown.issued_at), _moment(shown.expires_at))

    async def status(self, principal: Principal, id_: str) -> PresentationStatus:
        """How the caller's presentation stands. Raises `NotFound`, also when it is another's or long over."""
        shown = await self._memory.shown(id_)
        if shown is None or shown.person_id != principal.person_id or shown.holder != principal.subject:
            raise NotFound()
        outcome = await self._memory.outcome(id_)
        expires_at = _moment(shown.expires_at)
        if outcome is not None:
            state = outcome.state
        else:
            waiting = self._clock.now() < expires_at
            state = PresentationState.WAITING if waiting else PresentationState.EXPIRED
        return PresentationStatus(id_, shown.certificate_id, state, expires_at, outcome)

    async def watch(self, principal: Principal, id_: str) -> AsyncGenerator[PresentationStatus, None]:
        """The status now and at each change, until nothing can change any more. Raises `NotFound`."""
        last = await self.status(principal, id_)
        yield last
        async with aclosing(self._events.listen(topic_of(id_))) as signals:
            async for _ in signals:
                if last.state in FINAL or self._clock.now() >= last.expires_at + SKEW:
                    return
                current = await self.status(principal, id_)
                if current.state is not last.state:
                    last = current
                    yield current
                    if current.state in FINAL:
                        return

    async def cancel(self, principal: Principal, id_: str) -> PresentationStatus:
        """Take a code back before it is scanned; one that has ended stays as it ended. Raises `NotFound`."""
        status = await self.status(principal, id_)
        if status.state in FINAL:
            return status
        if await self._memory.use(id_):
            await self._memory.end(id_, Outcome(PresentationState.CANCELLED, self._clock.now()))
            await self._events.publish(topic_of(id_))
        return await self.status(principal, id_)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
