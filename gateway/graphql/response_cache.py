"""Whole answers to public queries, as bytes, for as long as the version of what they tell stays the same.

A root field is public when its slice says so in PUBLIC (see `gateway.root`): its answer is the same for everybody, and
changes only when the version that the slice names does. An operation of public fields alone is answered from here,
first by the very bytes of the request, then by (document, operation, variables).
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import OperationType

from gateway.graphql.documents import Operation

Version = Callable[[], str]

MAX_ANSWERS = 2_000
MAX_BYTES = 64_000_000
"""Of all kept answers and the requests that lead to them."""
MAX_ANSWER_BYTES = 4_000_000
MAX_REQUEST_BYTES = 16_384
"""Longer requests are found by their parsed form only."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptAnswer:
    """One answer; good while each of `versions` still says what it said."""

    body: bytes
    etag: bytes
    versions: tuple[tuple[Version, str], ...]
    label: str = "other"
    """Of the operation, for logs and metrics."""
    headers: dict[str, list[tuple[bytes, bytes]]] = field(default_factory=dict)
    """Of the whole answer, by media type; filled in by the transport."""

    def current(self) -> bool:
        for version, was in self.versions:  # noqa: SIM110 - all() over a generator takes twice as long
            if version() != was:
                return False
        return True


class ResponseCache:
    """Bounded by count and bytes; least recently used goes first. Not for several threads."""

    def __init__(self, public: Mapping[str, Version], max_answers: int = MAX_ANSWERS, max_bytes: int = MAX_BYTES):
        self._public = public
        self._max_answers, self._max_bytes = max_answers, max_bytes
        self._kept: OrderedDict[Any, KeptAnswer] = OrderedDict()
        self._weight = 0
        self.hits = self.misses = 0

    @property
    def public_fields(self) -> frozenset[str]:
        return frozenset(self._public)

    @property
    def weight(self) -> int:
        """Bytes kept alive."""
        return self._weight

    def __len__(self) -> int:
        return len(self._kept)

    def of_request(self, request: bytes) -> KeptAnswer | None:
        """By the bytes of a POST's body or a GET's query string."""
        kept = self._kept.get(request)
        if kept is None:
            return None
        if not kept.current():
            self._drop(request)
            return None
        self._kept.move_to_end(request)
        self.hits += 1
        return kept

    def cacheable(self, operation: Operation) -> bool:
        return operation.kind is OperationType.QUERY and self._public.keys() >= set(operation.shape.root_fields)

    def of_operation(self, operation: Operation, variables: dict[str, Any], request: bytes) -> KeptAnswer | None:
        """By what is asked, however it was written; then also by the bytes of this request."""
        kept = self.of_request(self._key(operation, variables))
        if kept is not None:
            self._remember(request, kept)
        else:
            self.misses += 1
        return kept

    def versions_of(self, operation: Operation) -> tuple[tuple[Version, str], ...]:
        """Take them before running the operation: a change meanwhile must make its answer stale."""
        versions: Iterable[Version] = dict.fromkeys(self._public[name] for name in operation.shape.root_fields)
        return tuple((version, version()) for version in versions)

    def keep(
        self,
        operation: Operation,
        variables: dict[str, Any],
        request: bytes,
        body: bytes,
        versions: tuple[tuple[Version, str], ...],
        label: str = "other",
    ) -> KeptAnswer:
        """Keep an answer without errors."""
        etag = b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
        kept = KeptAnswer(body, etag, versions, label)
        if len(body) <= MAX_ANSWER_BYTES:
            self._put(self._key(operation, variables), kept)
            self._remember(request, kept)
        return kept

    def _remember(self, request: bytes, kept: KeptAnswer) -> None:
        if len(request) <= MAX_REQUEST_BYTES:
            self._put(request, kept)

    def _key(self, operation: Operation, variables: dict[str, Any]) -> Any:
        values = orjson.dumps(variables, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=repr)
        return operation.text, operation.name, values

    def _put(self, key: Any, kept: KeptAnswer) -> None:
        self._drop(key)
        self._kept[key] = kept
        self._weight += _weight(key, kept)
        while len(self._kept) > self._max_answers or self._weight > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Any) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._weight -= _weight(key, kept)


def _weight(key: Any, kept: KeptAnswer) -> int:
    """Bytes that an entry keeps alive; a body under two keys counts twice, to be on the safe side."""
    return len(kept.body) + (len(key) if isinstance(key, bytes) else len(key[2]))
