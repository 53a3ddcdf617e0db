"""What stock clients and the official audits say of our transport, on a lab graph and on the city's."""

import json
from typing import Any

import pytest

from tests.city import City
from tests.contract.graphql.conftest import RunNode
from tests.e2e.applications.operations import PROGRESS, SUBMIT, wanted
from tests.lab import running_lab
from tests.sign_in import sign_in

pytestmark = [pytest.mark.node, pytest.mark.timeout(180)]


def _failed(results: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(r["id"], r["name"], r.get("reason", "")) for r in results if r["status"] != "ok"]


async def test_all_61_audits_of_graphql_http_pass_on_the_city(embedded_city: City, run_node: RunNode) -> None:
    results = await run_node("audits.mjs", f"{embedded_city.url}/graphql")

    assert _failed(results) == []
    assert len(results) == 61


async def test_all_61_audits_of_graphql_http_pass_on_the_lab(run_node: RunNode) -> None:
    async with running_lab() as lab:
        results = await run_node("audits.mjs", f"{lab.url}/graphql")

    assert _failed(results) == []
    assert len(results) == 61


@pytest.mark.parametrize("client", ["ws", "sse"])
async def test_the_stock_clients_complete_queries_mutations_and_subscriptions(client: str, run_node: RunNode) -> None:
    jobs = [
        {"query": "query ($n: String) { hello(name: $n) }", "variables": {"n": "聊城"}},
        {"query": 'mutation { write(text: "a") { text } }'},
        {"query": "subscription { count(to: 3) }"},
        {"query": "{ who }", "authorization": "Bearer good"},
    ]
    async with running_lab() as lab:
        got = await run_node("clients.mjs", f"{lab.url}/graphql", json.dumps([{**j, "client": client} for j in jobs]))

        assert lab.watch.writes == ["a"]
    assert [g["ended"] for g in got] == ["complete"] * 4
    assert [g["answers"] for g in got] == [
        [{"data": {"hello": "hello 聊城"}}],
        [{"data": {"write": {"text": "a"}}}],
        [{"data": {"count": n}} for n in (1, 2, 3)],
        [{"data": {"who": "person-1"}}],
    ]


async def test_the_stock_clients_learn_why_an_operation_failed(run_node: RunNode) -> None:
    jobs = [
        {"client": "ws", "query": "{ nope }"},
        {"client": "sse", "query": "{ nope }"},
        {"client": "ws", "query": "subscription { breaks }"},
        {"client": "sse", "query": "subscription { breaks }"},
        {"client": "ws", "query": "subscription { refused }"},
        {"client": "ws", "query": "{ hello }", "authorization": "Bearer bad"},
        {"client": "sse", "query": "{ hello }", "authorization": "Bearer bad"},
    ]
    async with running_lab() as lab:
        got = await run_node("clients.mjs", f"{lab.url}/graphql", json.dumps(jobs))

    def code(errors: list[dict[str, Any]]) -> str:
        return str(errors[0]["extensions"]["code"])

    assert (got[0]["ended"], code(got[0]["errors"])) == ("errors", "GRAPHQL_VALIDATION_FAILED")
    assert (got[1]["ended"], code(got[1]["answers"][0]["errors"])) == ("complete", "GRAPHQL_VALIDATION_FAILED")
    assert got[2]["answers"] == [{"data": {"breaks": 1}}]
    assert (got[2]["ended"], code(got[2]["errors"])) == ("errors", "INTERNAL")
    assert got[3]["answers"][0] == {"data": {"breaks": 1}}
    assert code(got[3]["answers"][1]["errors"]) == "INTERNAL"
    assert (got[4]["ended"], code(got[4]["errors"])) == ("errors", "UNAUTHENTICATED")
    assert (got[5]["ended"], got[5]["code"]) == ("failed", 4403)
    assert got[6]["ended"] == "failed"


@pytest.mark.parametrize("client", ["ws", "sse"])
async def test_the_stock_clients_hand_in_and_follow_an_application_of_the_city(
    client: str, city: City, run_node: RunNode
) -> None:
    authorization = f"Bearer {(await sign_in(city)).access}"

    async def run(query: str, **variables: Any) -> dict[str, Any]:
        job = {"client": client, "query": query, "variables": variables, "authorization": authorization}
        got: list[dict[str, Any]] = await run_node("clients.mjs", f"{city.url}/graphql", json.dumps([job]))
        assert got[0]["ended"] == "complete", got
        return got[0]

    submitted = (await run(SUBMIT, input=wanted()))["answers"][0]["data"]["submitApplication"]["application"]
    followed = await run(PROGRESS, id=submitted["id"])
    listed = await run("{ viewer { applications { edges { node { id state } } } } }")

    assert followed["answers"][-1]["data"]["applicationProgress"]["state"] == "CLOSED"
    edges = listed["answers"][0]["data"]["viewer"]["applications"]["edges"]
    assert edges == [{"node": {"id": submitted["id"], "state": "CLOSED"}}]
