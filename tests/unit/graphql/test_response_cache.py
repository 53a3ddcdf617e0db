"""Public answers are kept whole, for exactly as long as their version lasts, within bounds."""

import pytest

from gateway.graphql.documents import DocumentCache, Operation
from gateway.graphql.limits import Limits
from gateway.graphql.response_cache import MAX_ANSWER_BYTES, MAX_REQUEST_BYTES, ResponseCache
from gateway.settings import Settings
from tests.lab import SCHEMA

DOCUMENTS = DocumentCache(SCHEMA, Limits.of(Settings()), introspection=True)


class Versions:
    def __init__(self) -> None:
        self.catalogue = "1"

    def of_catalogue(self) -> str:
        return self.catalogue


@pytest.fixture
def versions() -> Versions:
    return Versions()


def operation(text: str) -> Operation:
    return DOCUMENTS.get(text).operation(None)


def keep(cache: ResponseCache, text: str, request: bytes, body: bytes = b"{}", **variables: object) -> None:
    one = operation(text)
    cache.keep(one, variables, request, body, cache.versions_of(one))


def test_an_answer_is_found_by_its_request_and_by_what_it_asks(versions: Versions) -> None:
    cache = ResponseCache({"hello": versions.of_catalogue})
    keep(cache, "{ hello }", b"one", b'{"data":1}')

    assert cache.of_request(b"one") is not None
    assert cache.of_request(b"two") is None
    assert cache.of_operation(operation("{ hello }"), {}, b"two") is not None
    assert cache.of_request(b"two") is not None
    assert cache.of_operation(operation("{ hello }"), {"n": 1}, b"three") is None


def test_a_new_version_forgets_the_answer(versions: Versions) -> None:
    cache = ResponseCache({"hello": versions.of_catalogue})
    keep(cache, "{ hello }", b"one")
    versions.catalogue = "2"

    assert cache.of_request(b"one") is None
    assert cache.of_operation(operation("{ hello }"), {}, b"one") is None
    assert (len(cache), cache.weight) == (0, 0)


def test_a_version_that_moves_while_the_answer_is_made_makes_it_stale(versions: Versions) -> None:
    cache = ResponseCache({"hello": versions.of_catalogue})
    before = cache.versions_of(operation("{ hello }"))
    versions.catalogue = "2"
    cache.keep(operation("{ hello }"), {}, b"one", b"{}", before)

    assert cache.of_request(b"one") is None


@pytest.mark.parametrize(
    ("text", "cacheable"),
    [
        ("{ hello }", True),
        ("{ hello who }", False),
        ("{ ...f } fragment f on Query { who }", False),
        ("{ a: who }", False),
        ('mutation { write(text: "x") { text } }', False),
        ("subscription { count(to: 1) }", False),
    ],
)
def test_only_queries_of_public_fields_alone_are_kept(versions: Versions, text: str, cacheable: bool) -> None:
    cache = ResponseCache({"hello": versions.of_catalogue, "write": versions.of_catalogue})

    assert cache.cacheable(operation(text)) is cacheable


def test_the_cache_is_bounded_in_number_and_bytes_and_drops_what_was_not_used_longest(versions: Versions) -> None:
    few = ResponseCache({"hello": versions.of_catalogue}, max_answers=4)
    for n in range(2):
        keep(few, "{ hello }", b"%d" % n, n=n)
    few.of_request(b"0")
    few.of_operation(operation("{ hello }"), {"n": 0}, b"0")
    keep(few, "{ hello }", b"2", n=2)
    assert [few.of_request(b"%d" % n) is not None for n in range(3)] == [True, False, True]
    assert len(few) == 4

    small = ResponseCache({"hello": versions.of_catalogue}, max_bytes=10_000)
    for n in range(20):
        keep(small, "{ hello }", b"%d" % n, b"x" * 1000, n=n)
        assert small.weight <= 10_000


def test_what_is_too_large_is_not_kept(versions: Versions) -> None:
    cache = ResponseCache({"hello": versions.of_catalogue})
    keep(cache, "{ hello }", b"one", b"x" * (MAX_ANSWER_BYTES + 1))
    assert len(cache) == 0
    keep(cache, "{ hello }", b"x" * (MAX_REQUEST_BYTES + 1))
    assert len(cache) == 1
