"""The service on fakes of its ports: blocks, what is kept and forgotten, faults under a running city."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.inquiries.errors import NoInquiry
from services.inquiries.model import AnswerKey, Block, Party
from services.inquiries.ports import ItemQuery
from services.inquiries.service import DeclarationsInvalid, InquiryService
from services.kernel.clock import FixedClock
from services.kernel.errors import DepartmentDown, NotFound, StoreDown
from services.kernel.principal import Assurance, Principal, Subject, SubjectKind

SUBJECT = Subject(SubjectKind.PERSON, "p-1")
PRINCIPAL = Principal("p-1", "s-1", Assurance.REAL_NAME, SUBJECT)
QUERY: dict[str, Any] = {
    "of": ["person"],
    "empty": "没有记录。",
    "columns": [{"key": "one", "label": "一", "type": "integer"}]
    + [{"key": key, "label": key, "type": "text"} for key in ("two", "three")],
    "parameters": [{"key": "word", "label": "词", "type": "text"}],
}
PUBLIC = QUERY | {"of": ["public"], "columns": [one | {"sensitivity": "public"} for one in QUERY["columns"]]}


class City:
    """Items, Parties, RecordSource and LastKnown in one."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.table: Mapping[str, Any] | None = QUERY
        self.size = 0
        self.down = self.store_down = False
        self.asked: list[tuple[int, int]] = []
        self.kept: dict[AnswerKey, Block] = {}
        self.keeps = 0
        self.purged: list[datetime] = []

    def query(self, code: str) -> ItemQuery:
        if code != "ZZ-001":
            raise NotFound()
        return ItemQuery(code, "ZZJ", "示例局", "ZZ-YW", self.table)

    def queries(self) -> tuple[ItemQuery, ...]:
        return (self.query("ZZ-001"),)

    def has_region(self, code: str) -> bool:
        return False

    async def party(self, subject: Subject) -> Party:
        return Party(subject.kind, "示例", "1")

    async def ask(
        self, system: str, resource: str, party: Party | None, conditions: Mapping[str, Any], start: int, count: int
    ) -> Block:
        self.asked.append((start, count))
        if self.down:
            raise DepartmentDown("zz")
        records = tuple({"one": n} for n in range(start, min(start + count, self.size)))
        return Block(self.size, self.clock.now(), "", records)

    async def keep(self, key: AnswerKey, block: Block, now: datetime) -> None:
        if self.store_down:
            raise StoreDown()
        self.keeps += 1
        self.kept[key] = block

    async def find(self, key: AnswerKey) -> Block | None:
        return self.kept.get(key)

    async def purge(self, before: datetime) -> int:
        self.purged.append(before)
        return 0


@pytest.fixture
def city(clock: FixedClock) -> City:
    return City(clock)


@pytest.fixture
def service(city: City) -> InquiryService:
    return InquiryService(city, city, city, city, city.clock)


def numbers(rows: Any) -> list[Any]:
    return [cells[0].value for cells in rows]


@pytest.mark.parametrize(
    ("first", "start", "blocks"),
    [(20, 0, [0]), (100, 0, [0]), (20, 90, [0, 100]), (100, 150, [100, 200]), (20, 240, [200]), (20, 300, [300])],
)
async def test_a_page_asks_for_the_blocks_it_spans_and_no_more(
    city: City, service: InquiryService, first: int, start: int, blocks: list[int]
) -> None:
    city.size = 250
    answer = await service.run(PRINCIPAL, "ZZ-001", None, first, start)
    assert city.asked == [(block, 100) for block in blocks]
    assert numbers(answer.rows) == list(range(250))[start : start + first]
    assert (answer.total, answer.source) == (250, "示例局")


async def test_one_stale_block_makes_the_page_stale_with_the_older_moment(
    city: City, service: InquiryService, clock: FixedClock
) -> None:
    city.size = 150
    fresh = await service.run(PRINCIPAL, "ZZ-001", None, 20, 90)
    clock.advance(timedelta(hours=1))
    city.down = True
    stale = await service.run(PRINCIPAL, "ZZ-001", None, 20, 90)
    assert (fresh.stale, stale.stale) == (False, True)
    assert (stale.rows, stale.as_of) == (fresh.rows, fresh.as_of)
    with pytest.raises(DepartmentDown) as down:
        await service.run(PRINCIPAL, "ZZ-001", {"word": "其他"}, 20, 0)
    assert down.value.extensions == {"department": "ZZJ"}


async def test_a_value_that_is_not_as_declared_is_as_good_as_no_answer(city: City, service: InquiryService) -> None:
    city.size = 1
    good = await service.run(PRINCIPAL, "ZZ-001", None, 20, 0)
    city.table = QUERY | {"columns": [QUERY["columns"][0] | {"type": "text"}, *QUERY["columns"][1:]]}
    city.kept = {key: replace(block, records=({"one": "alt"},)) for key, block in city.kept.items()}
    answer = await service.run(PRINCIPAL, "ZZ-001", None, 20, 0)
    assert not good.stale
    assert (answer.stale, numbers(answer.rows)) == (True, ["alt"])


async def test_an_answer_is_given_though_the_store_cannot_keep_it(city: City, service: InquiryService) -> None:
    city.size, city.store_down = 1, True
    assert not (await service.run(PRINCIPAL, "ZZ-001", None, 20, 0)).stale


async def test_a_public_answer_is_kept_once_a_minute_and_one_to_free_words_never(
    city: City, service: InquiryService, clock: FixedClock
) -> None:
    city.table = PUBLIC
    for _ in range(3):
        await service.run(None, "ZZ-001", None, 20, 0)
    assert city.keeps == 1
    clock.advance(timedelta(minutes=1))
    await service.run(None, "ZZ-001", None, 20, 0)
    await service.run(None, "ZZ-001", {"word": "词"}, 20, 0)
    assert city.keeps == 2
    assert [key.subject for key in city.kept] == [None]


async def test_old_answers_are_purged_once_an_hour(city: City, service: InquiryService, clock: FixedClock) -> None:
    for _ in range(3):
        await service.run(PRINCIPAL, "ZZ-001", None, 20, 0)
    assert city.purged == [clock.now() - timedelta(days=90)]
    clock.advance(timedelta(hours=1, seconds=1))
    await service.run(PRINCIPAL, "ZZ-001", None, 20, 0)
    assert len(city.purged) == 2


def test_the_start_names_each_item_that_cannot_be_asked(city: City, service: InquiryService) -> None:
    service.check_all()
    for table, sentence in ((None, "query. is missing"), (QUERY | {"empty": ""}, "query.empty")):
        city.table = table
        with pytest.raises(DeclarationsInvalid, match=f"ZZ-001: .*{sentence}"):
            service.check_all()


async def test_a_file_made_faulty_under_a_running_city_closes_that_item_only(
    city: City, service: InquiryService
) -> None:
    city.table = QUERY | {"columns": []}
    with pytest.raises(NoInquiry, match="正在修改"):
        await service.run(PRINCIPAL, "ZZ-001", None, 20, 0)
    city.table = QUERY
    assert (await service.run(PRINCIPAL, "ZZ-001", None, 20, 0)).total == 0
