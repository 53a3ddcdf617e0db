"""Each test runs in process, on a real Valkey, and on a real cluster of one node."""

import pytest


@pytest.fixture(params=["embedded", "valkey", "cluster"])
def url(request: pytest.FixtureRequest) -> str | None:
    fixtures = {"valkey": "valkey_url", "cluster": "valkey_cluster_url"}
    return request.getfixturevalue(fixtures[request.param]) if request.param in fixtures else None
