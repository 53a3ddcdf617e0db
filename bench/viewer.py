"""A signed-in `viewer` with three loaded lists, through our engine and as plain `schema.execute_async` does it.

    python -m bench.viewer [requests] [database url]

Both run in one process on the same services, database and person, with the same authentication and context,
sixteen requests at a time: what differs is parsing, validation and execution. The issue asks for five times.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.types import Scope

from bench.report import Line
from gateway.bootstrap import migrate_store
from gateway.graphql import engine_of
from gateway.graphql.contexts import Contexts
from gateway.graphql.engine import Parameters
from gateway.root import schema
from gateway.settings import Settings
from services.kernel.ids import new_id
from tests.city import City, running_city
from tests.sign_in import sign_in

AT_ONCE = 16
TARGET = 5.0
ROUNDS = 5
"""In turn, the best of each: so that a busy moment of the machine meets both."""
APPLICATION = "id number itemCode itemName state stateLabel turn dueAt departmentName canWithdraw version"
ITEM = "code name summary department { name } materials { name necessity note }"
CERTIFICATE = "id typeCode typeName state holderName issuer validFrom source asOf presentable"
QUERY = f"""query Home($first: Int = 20) {{ viewer {{
  applications(first: $first) {{ totalCount edges {{ node {{ {APPLICATION} }} }} }}
  favouriteItems(first: $first) {{ at item {{ {ITEM} }} }}
  certificates(first: $first) {{ totalCount edges {{ node {{ {CERTIFICATE} }} }} }}
}} }}"""
KEEP = "mutation($input: AddFavouriteItemInput!) { addFavouriteItem(input: $input) { item { code } } }"
APPLY = "mutation($input: SubmitApplicationInput!) { submitApplication(input: $input) { application { id } } }"
FORM = {"insuranceType": "EMPLOYEE", "purpose": "TRANSFER", "contactPhone": "10000000001"}


async def furnish(city: City, token: str) -> None:
    """Favourites, an application, and the certificate that comes of it."""
    for number in range(1, 13):
        values = {"code": f"YB-{number:03}", "idempotencyKey": new_id()}
        await city.graphql(KEEP, {"input": values}, token)
    apply: dict[str, Any] = {"itemCode": "YB-010", "form": FORM, "regionCode": "371502", "idempotencyKey": new_id()}
    _ = (await city.graphql(APPLY, {"input": apply}, token)).data
    async with asyncio.timeout(20):
        while not (await city.graphql(QUERY, token=token)).data["viewer"]["certificates"]["edges"]:  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.05)


async def rate(once: Callable[[], Awaitable[object]], requests: int) -> tuple[float, float]:
    """Requests a second, and milliseconds of processor time for one."""

    async def some(count: int) -> None:
        for _ in range(count):
            await once()

    await some(20)
    start, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(some(requests // AT_ONCE) for _ in range(AT_ONCE)))
    done = requests // AT_ONCE * AT_ONCE
    return done / (time.perf_counter() - start), (time.process_time() - cpu) / done * 1e3


async def main(requests: int, url: str | None = None) -> list[Line]:
    """On the database at `url`, a fresh one; without it on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        url = url or f"sqlite+aiosqlite:///{Path(folder) / 'city.db'}"
        await migrate_store(Settings(database_url=url))
        async with running_city(url, access_log=False) as city:
            token = (await sign_in(city)).access
            await furnish(city, token)
            return [await compare(city, token, requests, url.partition("+")[0])]


async def compare(city: City, token: str, requests: int, store: str) -> Line:
    engine, contexts = engine_of(city.services), Contexts(city.services, frozenset())
    authorization, plain_schema = f"Bearer {token}", schema()
    scope: Scope = {"type": "http", "headers": [], "client": ("127.0.0.1", 1)}

    async def ours() -> object:
        prepared = engine.prepare(Parameters(QUERY, {}))
        return await engine.answer(prepared, await contexts.make(scope, prepared.operation, authorization))

    operation = engine.prepare(Parameters(QUERY, {})).operation

    async def plain() -> object:
        context = await contexts.make(scope, operation, authorization)
        return (await plain_schema.execute_async(QUERY, context_value=context)).formatted

    if await ours() != await plain():
        raise RuntimeError("the two answers differ")
    rounds = [(await rate(ours, requests // ROUNDS), await rate(plain, requests // ROUNDS // 4)) for _ in range(ROUNDS)]
    (fast, fast_cpu), (slow, slow_cpu) = ((max(r[i][0] for r in rounds), min(r[i][1] for r in rounds)) for i in (0, 1))
    return Line(
        f"viewer, {store}",
        f"{fast / slow:.1f} times",
        f">= {TARGET:.0f}",
        fast / slow >= TARGET,
        f"a plain execute_async's rate, three lists, {fast:.0f}/s for {slow:.0f}/s;"
        f" processor time {fast_cpu:.2f} ms for {slow_cpu:.2f} ms: {slow_cpu / fast_cpu:.1f} times",
    )


if __name__ == "__main__":
    arguments = sys.argv[1:]
    for line in asyncio.run(main(int(arguments[0]) if arguments else 1600, *arguments[1:2])):
        print(line)
