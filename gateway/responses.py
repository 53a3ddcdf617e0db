"""JSON answers by orjson."""

from typing import Any

import orjson
from starlette.responses import Response


class JsonResponse(Response):
    """An `application/json` answer; anything orjson takes."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)
