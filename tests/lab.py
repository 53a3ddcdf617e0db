"""A small graph of its own behind the real transport: what the transport does, without the city."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import graphene
from graphql import GraphQLSchema
from starlette.applications import Starlette
from starlette.types import Scope

from gateway.context import RequestContext, principal_of
from gateway.graphql import routes_of
from gateway.graphql.contexts import Contexts, trace_id_of
from gateway.graphql.documents import Operation
from gateway.graphql.engine import Engine
from gateway.graphql.limits import Limits, StreamLimits
from gateway.graphql.response_cache import ResponseCache
from gateway.graphql.trusted import TrustedDocuments
from gateway.settings import Settings
from services.kernel.errors import NotFound, Unauthenticated
from services.kernel.principal import Assurance, Principal, Subject, SubjectKind
from tests.city import GraphQLReply, _listen, serving

PERSON = Principal("person-1", "session-1", Assurance.REAL_NAME, Subject(SubjectKind.PERSON, "person-1"))


@dataclass
class Watch:
    """What the resolvers saw, for the tests to look at."""

    open_sources: int = 0
    started: int = 0
    cancelled: int = 0
    sent: int = 0
    writes: list[str] = field(default_factory=list)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    tokens: dict[str, Principal] = field(default_factory=lambda: {"good": PERSON})


class Colour(graphene.Enum):
    """A colour."""

    RED = "red"
    BLUE = "blue"


class Item(graphene.ObjectType):
    name = graphene.String()
    items = graphene.List(lambda: Item, first=graphene.Int())

    def resolve_items(self, info: Any, first: int = 2) -> list["Item"]:
        return [Item(name=f"{self.name}.{n}") for n in range(first)]


class Query(graphene.ObjectType):
    hello = graphene.String(name=graphene.String())
    slow = graphene.String()
    broken = graphene.String()
    missing = graphene.String()
    who = graphene.String()
    colour = graphene.String(colour=Colour(required=True))
    items = graphene.List(Item, first=graphene.Int(), required=True)
    big = graphene.String(size=graphene.Int(required=True))

    def resolve_hello(self, info: Any, name: str = "world") -> str:
        return f"hello {name}"

    async def resolve_slow(self, info: Any) -> str:
        watch: Watch = info.context.loaders["watch"]
        watch.started += 1
        try:
            await watch.release.wait()
        except asyncio.CancelledError:
            watch.cancelled += 1
            raise
        return "done"

    def resolve_broken(self, info: Any) -> str:
        raise RuntimeError("a secret of ours")

    def resolve_missing(self, info: Any) -> str:
        raise NotFound()

    def resolve_who(self, info: Any) -> str:
        return principal_of(info).person_id

    def resolve_colour(self, info: Any, colour: Any) -> str:
        return str(colour)

    def resolve_items(self, info: Any, first: int = 3) -> list[Item]:
        return [Item(name=str(n)) for n in range(first)]

    def resolve_big(self, info: Any, size: int) -> str:
        return "x" * size


class Write(graphene.Mutation):
    class Arguments:
        text = graphene.String(required=True)

    text = graphene.String()

    @staticmethod
    def mutate(root: None, info: Any, text: str) -> "Write":
        info.context.loaders["watch"].writes.append(text)
        return Write(text=text)


class Mutation(graphene.ObjectType):
    write = Write.Field()


class Subscription(graphene.ObjectType):
    count = graphene.Int(to=graphene.Int(required=True))
    forever = graphene.String(size=graphene.Int())
    quiet = graphene.Int()
    breaks = graphene.Int()
    refused = graphene.Int()

    async def subscribe_count(self, info: Any, to: int) -> AsyncIterator[int]:
        for n in range(1, to + 1):
            yield n

    def resolve_count(self, info: Any, to: int) -> Any:
        return self

    async def subscribe_forever(self, info: Any, size: int = 1) -> AsyncIterator[str]:
        watch: Watch = info.context.loaders["watch"]
        watch.open_sources += 1
        try:
            while True:
                watch.sent += 1
                yield "x" * size
                await asyncio.sleep(0)
        finally:
            watch.open_sources -= 1

    def resolve_forever(self, info: Any, size: int = 1) -> Any:
        return self

    async def subscribe_quiet(self, info: Any) -> AsyncIterator[int]:
        watch: Watch = info.context.loaders["watch"]
        watch.open_sources += 1
        try:
            yield 1
            await watch.release.wait()
        finally:
            watch.open_sources -= 1

    def resolve_quiet(self, info: Any) -> Any:
        return self

    async def subscribe_breaks(self, info: Any) -> AsyncIterator[int]:
        yield 1
        raise RuntimeError("a secret of ours")

    def resolve_breaks(self, info: Any) -> Any:
        return self

    async def subscribe_refused(self, info: Any) -> AsyncIterator[int]:
        principal_of(info)
        yield 1


SCHEMA: GraphQLSchema = graphene.Schema(Query, Mutation, Subscription).graphql_schema


class LabContexts(Contexts):
    """Knows the tokens of a `Watch` and hands it to the resolvers."""

    def __init__(self, watch: Watch, public: frozenset[str] = frozenset()) -> None:
        self._watch, self._public = watch, public

    def _principal(self, authorization: str | None) -> Principal | None:
        if authorization is None:
            return None
        known = self._watch.tokens.get(authorization.removeprefix("Bearer "))
        if known is None:
            raise Unauthenticated()
        return known

    async def check(self, authorization: str | None) -> None:
        self._principal(authorization)

    async def make(self, scope: Scope, operation: Operation, authorization: str | None) -> RequestContext:
        public = self._public.issuperset(operation.shape.root_fields)
        principal = None if public else self._principal(authorization)
        context = RequestContext(None, principal, trace_id_of(scope))  # type: ignore[arg-type]  # the lab has no services
        context.loaders = _Sticky({"watch": self._watch})
        return context


class _Sticky(dict[str, Any]):
    """Loaders that stay: the lab keeps its `Watch` there."""

    def clear(self) -> None:
        return None


@dataclass
class Lab:
    url: str
    watch: Watch
    engine: Engine
    http: aiohttp.ClientSession

    async def post(self, body: Any, **headers: str) -> GraphQLReply:
        sent = {"accept": "application/graphql-response+json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        async with self.http.post("/graphql", json=body, headers=sent) as answer:
            return GraphQLReply(answer.status, answer.headers, await answer.json(content_type=None))

    async def query(self, query: str, **variables: Any) -> GraphQLReply:
        return await self.post({"query": query, "variables": variables})


@asynccontextmanager
async def running_lab(
    introspection: bool = True,
    trusted: dict[str, str] | None = None,
    only: bool = False,
    stream: StreamLimits | None = None,
    cache: ResponseCache | None = None,
    **limits: Any,
) -> AsyncIterator[Lab]:
    """The lab on a free port; `limits` replace fields of `Limits`."""
    watch = Watch()
    chosen = replace(Limits.of(Settings()), **limits)
    engine = Engine(SCHEMA, chosen, introspection=introspection, trusted=TrustedDocuments(trusted or {}, only))
    contexts = LabContexts(watch, cache.public_fields if cache is not None else frozenset())
    app = Starlette(routes=routes_of(engine, contexts, stream or StreamLimits(), cache))
    listening, url = _listen()
    async with serving(app, listening), aiohttp.ClientSession(url) as http:
        yield Lab(url, watch, engine, http)
