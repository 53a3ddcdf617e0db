"""The check that Schemathesis makes on each answer; named by SCHEMATHESIS_HOOKS in the process that fuzzes."""

from typing import Any

import schemathesis
from graphql import NameNode, ObjectFieldNode, ObjectValueNode
from hypothesis import strategies
from schemathesis.graphql import nodes

_TEXT = strategies.text(max_size=20).map(nodes.String)
_LEAVES = _TEXT | strategies.integers(-(2**31), 2**31 - 1).map(nodes.Int) | strategies.booleans().map(nodes.Boolean)


def _object(pairs: dict[str, Any]) -> ObjectValueNode:
    return ObjectValueNode(fields=[ObjectFieldNode(name=NameNode(value=n), value=v) for n, v in pairs.items()])


_NAMES = strategies.sampled_from(["insuranceType", "purpose", "contactPhone", "unknown"])
schemathesis.graphql.scalar("JSON", strategies.dictionaries(_NAMES, _LEAVES, max_size=4).map(_object))


@schemathesis.check
def no_unknown_failure(context: Any, response: Any, case: Any) -> None:
    """Whatever is sent: no 5xx, and no error without a code of ours."""
    assert response.status_code < 500, f"{response.status_code}: {response.text[:500]}"
    if "json" not in str(response.headers.get("content-type")):
        return
    body = response.json()
    errors = body.get("errors", []) if isinstance(body, dict) else []
    codes = [error["extensions"]["code"] for error in errors]
    assert "INTERNAL" not in codes, response.text[:500]
