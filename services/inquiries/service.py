"""Runs inquiries: whose data, which parameters, the department's answer, or honestly the last known one."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog

from services.inquiries.declaration import Fault, fault_of, parse
from services.inquiries.errors import NoInquiry, OtherSubjectNeeded
from services.inquiries.model import (
    BLOCK,
    FURTHEST,
    Answer,
    AnswerKey,
    Block,
    Cell,
    Declaration,
    ParameterType,
    Party,
)
from services.inquiries.parameters import check
from services.inquiries.ports import ItemQuery, Items, LastKnown, Parties, RecordSource
from services.inquiries.values import MalformedRecord, cells
from services.kernel.clock import CHINA, Clock
from services.kernel.errors import DepartmentDown, InvalidInput, StoreDown, Unauthenticated, Unavailable
from services.kernel.principal import Principal, Subject, SubjectKind

KEPT_FOR = timedelta(days=90)
"""How long a last known answer is kept (assumed)."""
PURGED_EVERY = timedelta(hours=1)
SAVED_EVERY = timedelta(minutes=1)
"""A public answer is asked for by many: it is kept at most so often."""
_NEEDED = {
    frozenset({SubjectKind.PERSON}): "这是个人事项，请切换到个人身份后再查。",
    frozenset({SubjectKind.COMPANY}): "这是企业事项，请切换到您代办的企业后再查。",
}

log = structlog.get_logger("services.inquiries")


class DeclarationsInvalid(Exception):
    """Items whose `[query]` is faulty; the text names every item and its fault."""


@dataclass(frozen=True, slots=True)
class _Question:
    """One inquiry, checked."""

    item: ItemQuery
    declaration: Declaration
    subject: Subject | None
    party: Party | None
    conditions: Mapping[str, Any]

    def key(self, start: int) -> AnswerKey:
        text = orjson.dumps(self.conditions, option=orjson.OPT_SORT_KEYS).decode()
        return AnswerKey(self.subject, self.item.code, text, start)

    @property
    def kept(self) -> bool:
        """Public answers to free words are not kept: anybody could fill the store with them."""
        free = {one.key for one in self.declaration.parameters if one.type is ParameterType.TEXT}
        return self.subject is not None or not free & self.conditions.keys()


class InquiryService:
    """What the gateway calls."""

    def __init__(self, items: Items, parties: Parties, records: RecordSource, known: LastKnown, clock: Clock) -> None:
        self._items = items
        self._parties = parties
        self._records = records
        self._known = known
        self._clock = clock
        self._parsed: dict[str, tuple[Mapping[str, Any], Declaration]] = {}
        self._saved: OrderedDict[AnswerKey, datetime] = OrderedDict()
        self._purged: datetime | None = None

    def check_all(self) -> None:
        """Raise `DeclarationsInvalid` unless every query item says how it is asked and answered."""
        faults = [f"{item.code}: {fault}" for item in self._items.queries() if (fault := fault_of(item.query))]
        if faults:
            raise DeclarationsInvalid("\n".join(faults))

    def declaration(self, code: str) -> Declaration:
        """How the item is asked and answered. Raises `NotFound`, `NoInquiry`."""
        return self._declared(self._items.query(code))

    async def run(self, principal: Principal | None, code: str, given: object, first: int, start: int) -> Answer:
        """`first` rows from `start` of the subject's own data, or of public ones.

        Raises `NotFound`, `NoInquiry`, `Unauthenticated`, `StepUpRequired`, `OtherSubjectNeeded`,
        `InquiryRefused`, `DepartmentDown` when the department is silent and nothing was kept.
        """
        item = self._items.query(code)
        declaration = self._declared(item)
        subject = self._subject(declaration, principal)
        if not 0 <= start <= FURTHEST:
            raise InvalidInput("翻页位置 after 无效，请从第一页重新加载。", field="after")
        today = self._clock.now().astimezone(CHINA).date()
        conditions, problems = check(declaration.parameters, given, today, self._items.has_region)
        if problems:
            return Answer(declaration, problems)
        party = None if subject is None else await self._parties.party(subject)
        return await self._answer(_Question(item, declaration, subject, party, conditions), first, start)

    def _declared(self, item: ItemQuery) -> Declaration:
        if item.query is None:
            raise NoInquiry()
        known = self._parsed.get(item.code)
        if known is None or known[0] is not item.query:  # an edited file gives another table
            try:
                known = self._parsed[item.code] = item.query, parse(item.query)
            except Fault as fault:  # only where files are edited under a running city: the start refuses them
                log.error("faulty_declaration", item=item.code, fault=str(fault))
                raise NoInquiry("这个事项的查询说明正在修改，请稍后再查。") from fault
        return known[1]

    def _subject(self, declaration: Declaration, principal: Principal | None) -> Subject | None:
        if declaration.public:
            return None
        if principal is None:
            raise Unauthenticated()
        principal.require(declaration.assurance)
        if principal.subject.kind not in declaration.of:
            needed = sorted(kind.value for kind in declaration.of)
            raise OtherSubjectNeeded(_NEEDED.get(declaration.of), needed=needed)
        return principal.subject

    async def _answer(self, question: _Question, first: int, start: int) -> Answer:
        at = start - start % BLOCK
        block, stale = await self._block(question, at)
        total, as_of, source = block.total, block.as_of, block.source
        records = list(block.records)[start - at :]
        if len(records) < first and at + BLOCK < min(total, start + first):
            block, also_stale = await self._block(question, at + BLOCK)
            as_of, stale = min(as_of, block.as_of), stale or also_stale
            records += block.records
        rows = self._rows(question, records[:first])
        return Answer(question.declaration, (), rows, start, total, as_of, source, stale)

    async def _block(self, question: _Question, start: int) -> tuple[Block, bool]:
        """The block from the department, or else the last known one with True."""
        item = question.item
        try:
            block = await self._records.ask(item.system, item.code, question.party, question.conditions, start, BLOCK)
            self._rows(question, block.records)
        except (Unavailable, MalformedRecord) as failure:
            if isinstance(failure, MalformedRecord):
                log.warning("malformed_record", item=item.code, column=str(failure))
            known = await self._known.find(question.key(start)) if question.kept else None
            if known is None:
                raise DepartmentDown(
                    item.department_code, f"{item.department_name}的系统暂时没有响应，请稍后再查。"
                ) from failure
            return known, True
        block = Block(block.total, block.as_of, block.source or item.department_name, block.records)
        await self._keep(question, start, block)
        return block, False

    @staticmethod
    def _rows(question: _Question, records: Any) -> tuple[tuple[Cell, ...], ...]:
        return tuple(cells(question.declaration.columns, one) for one in records)

    async def _keep(self, question: _Question, start: int, block: Block) -> None:
        now, key = self._clock.now(), question.key(start)
        if not question.kept:
            return
        if question.subject is None:
            last = self._saved.get(key)
            if last is not None and now < last + SAVED_EVERY:
                return
            self._saved[key] = now
            if len(self._saved) > 1000:
                self._saved.popitem(last=False)
        try:
            await self._known.keep(key, block, now)
            if self._purged is None or self._purged + PURGED_EVERY < now:
                self._purged = now
                await self._known.purge(now - KEPT_FOR)
        except StoreDown:
            log.warning("answer_not_kept", item=question.item.code)  # the department's answer is good without it
