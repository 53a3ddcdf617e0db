"""The engine: claims due flows, runs their steps, saves the outcome with the step's effects in one transaction."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

import structlog

from services.durable.port import Advance, FlowView, Handler, Outcome, TellsParked, Wait
from services.durable.store import Claim, FlowStore, LeaseLost
from services.kernel import tracing
from services.kernel.clock import Clock
from services.kernel.errors import CityError, Unavailable
from services.kernel.unit_of_work import Json, UnitOfWork

LEASE = timedelta(seconds=60)
"""After this long another worker takes over a flow whose worker died."""
STEP_SECONDS = 45.0
"""A step is broken off after this long, well before its lease ends, and tried again."""
POLL_SECONDS = 2.0
"""The longest the loop sleeps: how late a due date, or a lost wake-up, is at most."""
LONGEST_PAUSE = timedelta(minutes=15)
"""Between two tries while a department is down."""
MOST_LOST = 5
"""A step that so many workers in a row did not survive is parked as `WORKER_LOST`."""

log = structlog.get_logger(__name__)


def pause_before(next_try: int, spread: float) -> timedelta:
    """The wait before try 2, 3, …: 1 s, doubling up to 15 min; `spread` (0 to 1) shortens it by up to a half,
    so that flows that failed together part."""
    seconds = min(2.0 ** min(next_try - 2, 20), LONGEST_PAUSE.total_seconds())
    return timedelta(seconds=seconds * (1 - spread / 2))


class Engine:
    """`services.durable.port.DurableWork`, and what operators may do. Any number of workers may run one each."""

    def __init__(
        self, store: FlowStore, unit_of_work: UnitOfWork, clock: Clock, at_once: int = 32, lease: timedelta = LEASE
    ) -> None:
        self._store = store
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._at_once = at_once
        self._lease = lease
        self._handlers: dict[str, Handler] = {}
        self._wake = asyncio.Event()
        self._stopping = False
        self._steps: set[asyncio.Task[None]] = set()

    def handle(self, kind: str, handler: Handler) -> None:
        if kind in self._handlers:
            raise ValueError(f"two handlers for {kind}")
        self._handlers[kind] = handler

    async def start(
        self,
        kind: str,
        subject_id: str,
        step: str,
        state: Mapping[str, Json] | None = None,
        due_at: datetime | None = None,
    ) -> str:
        if kind not in self._handlers:
            raise ValueError(f"no handler for {kind}")
        now = self._clock.now()
        return await self._store.add(kind, subject_id, step, state or {}, now, due_at or now)

    async def wake(self, kind: str, subject_id: str, state: Mapping[str, Json] | None = None) -> bool:
        return await self._store.wake(kind, subject_id, state or {}, self._clock.now())

    async def view(self, kind: str, subject_id: str) -> FlowView | None:
        return await self._store.view(kind, subject_id)

    async def stuck(self, limit: int = 100) -> list[FlowView]:
        return await self._store.stuck(limit)

    async def release(self, flow_id: str) -> None:
        async with self._unit_of_work():
            await self._store.release(flow_id, self._clock.now())

    async def run_due(self, limit: int = 100) -> int:
        claims = await self._claim(limit)
        await asyncio.gather(*(self._run(claim) for claim in claims))
        return len(claims)

    @contextlib.asynccontextmanager
    async def running(self, drain_seconds: float = 20.0) -> AsyncIterator[None]:
        """Work in the background while the block is open; then finish the steps under way. Those that need
        longer than `drain_seconds` are broken off; their lease hands them to another worker."""
        self._stopping = False
        async with self._store.listening(self._wake.set):
            loop = asyncio.create_task(self._loop(), name="durable engine")
            try:
                yield
            finally:
                self._stopping = True
                self._wake.set()
                await loop
                await self._drain(drain_seconds)

    async def _loop(self) -> None:
        freed = False
        while not self._stopping:
            self._wake.clear()
            try:
                if not freed:
                    await self._store.free(self._clock.now())
                    freed = True
                sleep = await self._begin_due()
            except Unavailable as error:
                log.warning("durable engine waits for its store", error=error.code)
                sleep = POLL_SECONDS
            except Exception:  # an edge: a loop that ends would leave every flow of this worker lying
                log.exception("durable engine stumbled")
                sleep = POLL_SECONDS
            if sleep > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(sleep):
                        await self._wake.wait()

    async def _begin_due(self) -> float:
        """Begin what is due as far as there is room; how many seconds to sleep then, 0 to look again."""
        room = self._at_once - len(self._steps)
        due = await self._store.due(list(self._handlers)) if room > 0 else None
        if due is None or (ahead := (due - self._clock.now()).total_seconds()) > 0:
            return POLL_SECONDS if due is None else min(ahead, POLL_SECONDS)
        claims = await self._claim(room)
        for claim in claims:
            step = asyncio.create_task(self._run(claim), name=f"durable {claim.attempt.kind}")
            self._steps.add(step)
            step.add_done_callback(self._step_done)
        return 0.0 if claims else 0.05  # another worker was quicker

    def _step_done(self, step: "asyncio.Task[None]") -> None:
        self._steps.discard(step)
        self._wake.set()  # there is room again, and the flow may have a next step

    async def _drain(self, seconds: float) -> None:
        if not self._steps:
            return
        _, late = await asyncio.wait(self._steps, timeout=seconds)
        for step in late:
            step.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if late:
            log.warning("steps broken off at the stop; their leases hand them on", steps=len(late))

    async def _claim(self, limit: int) -> list[Claim]:
        now = self._clock.now()
        return await self._store.claim(list(self._handlers), now, now + self._lease, limit)

    async def _run(self, claim: Claim) -> None:
        """One step to its end. Never raises: a failed step is tried again, parked, or left to its lease."""
        trace = claim.attempt.state.get("trace_id")
        if isinstance(trace, str):
            tracing.enter(trace)  # never left: this task is the step, and its log lines belong to the flow's trace
        try:
            await self._step(claim)
        except LeaseLost:
            log.warning("another worker took over", flow=claim.attempt.flow_id, step=claim.attempt.step)
        except Unavailable as error:  # the store itself: nothing was saved, the lease ends by itself
            log.warning("step not saved", flow=claim.attempt.flow_id, step=claim.attempt.step, error=error.code)

    async def _step(self, claim: Claim) -> None:
        attempt = claim.attempt
        if claim.lost >= MOST_LOST:
            await self._park(claim, "WORKER_LOST")
            return
        try:
            async with asyncio.timeout(STEP_SECONDS):
                outcome = await self._handlers[attempt.kind](attempt)
            await self._save(claim, outcome)
        except (Unavailable, TimeoutError) as error:
            code = error.code if isinstance(error, Unavailable) else "STEP_TIMEOUT"
            pause = pause_before(attempt.tries + 1, random.random())  # noqa: S311 - spreads load, guards nothing
            async with self._unit_of_work():
                await self._store.retry(claim, self._clock.now() + pause, code)
            log.info("step put off", flow=attempt.flow_id, step=attempt.step, tries=attempt.tries, error=code)
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - an edge: whatever a handler raises must not end the engine
            code = error.code if isinstance(error, CityError) else type(error).__name__
            await self._park(claim, code)

    async def _park(self, claim: Claim, code: str) -> None:
        attempt = claim.attempt
        async with self._unit_of_work():
            await self._store.park(claim, code)
        log.error("flow parked", flow=attempt.flow_id, kind=attempt.kind, step=attempt.step, error=code)
        handler = self._handlers[attempt.kind]
        if isinstance(handler, TellsParked):
            try:
                await handler.parked(attempt, code)
            except Exception as error:  # noqa: BLE001 - an edge: the flow is parked, whatever the handler makes of it
                log.warning("nobody was told of a parked flow", flow=attempt.flow_id, error=type(error).__name__)

    async def _save(self, claim: Claim, outcome: Outcome) -> None:
        now = self._clock.now()
        if isinstance(outcome, Advance | Wait) and not outcome.step:
            raise ValueError("an outcome names its next step")
        async with self._unit_of_work():
            await self._store.save(claim, outcome, now)  # first: it locks the row and finds a lost lease
            await outcome.apply()
