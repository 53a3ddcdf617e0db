"""A gateway in a process of its own, for tests that kill it: ``python -m … '<json>'``.

The JSON holds `port`, `ahead` (seconds by which its clock runs ahead, so that a dead worker's lease is
over) and `settings` by field name.
"""

import json
import sys
from datetime import UTC, datetime, timedelta

import uvicorn

from gateway.app import create_app
from gateway.settings import Settings


class ClockAhead:
    """The machine's clock, some seconds ahead."""

    def __init__(self, seconds: float) -> None:
        self._ahead = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    app = create_app(Settings(**given["settings"]), ClockAhead(given["ahead"]))
    uvicorn.run(app, host="127.0.0.1", port=given["port"], log_config=None, ws="websockets-sansio")
