"""Every form, as an app that knows nothing but the API meets it."""

from typing import Any

import jsonschema_rs

from services.kernel.ids import new_id
from tests.city import City

PAGE = """query($after: String) { serviceItems(first: 50, after: $after, filter: { handheldOnly: true }) {
  pageInfo { hasNextPage endCursor } edges { node { code form { version schema fields { path label } } } } } }"""
CHECK = """mutation($filled: CheckFormInput!, $empty: CheckFormInput!) {
  filled: checkForm(input: $filled) { problems { path code message } }
  empty: checkForm(input: $empty) { problems { path code message } } }"""


async def forms(city: City) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    after = None
    while True:
        page = (await city.graphql(PAGE, {"after": after})).data["serviceItems"]
        found |= {edge["node"]["code"]: edge["node"]["form"] for edge in page["edges"] if edge["node"]["form"]}
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def problems(city: City, code: str, example: Any) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Of the example, and of a form that nobody filled in."""
    filled, empty = ({"itemCode": code, "values": values, "idempotencyKey": new_id()} for values in (example, {}))
    data = (await city.graphql(CHECK, {"filled": filled, "empty": empty})).data
    return data["filled"]["problems"], data["empty"]["problems"]


async def test_each_form_is_valid_json_schema_takes_its_example_and_tells_what_is_missing(embedded_city: City) -> None:
    every = await forms(embedded_city)
    assert len(every) > 100
    assert len({form["version"] for form in every.values()}) == len(every)
    for code, form in every.items():
        schema = form["schema"]
        jsonschema_rs.meta.validate(schema)
        assert schema["x-sections"], code
        wrong, missing = await problems(embedded_city, code, schema["examples"][0])
        assert wrong == [], code
        assert {one["code"] for one in missing} <= {"REQUIRED", "REQUIRED_ANY"}, code
        assert {one["path"] for one in missing} >= set(schema["required"]), code
        assert all(one["message"].endswith("。") for one in missing), code
