"""The yardstick: a bare ASGI app on uvicorn that reads the request and answers with fixed bytes."""

import sys
from pathlib import Path
from typing import Any

import uvicorn


def app_of(answer: bytes) -> Any:
    start = {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))],
    }
    end = {"type": "http.response.body", "body": answer}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(start)
        await send(end)

    return app


if __name__ == "__main__":
    answer, port = Path(sys.argv[1]).read_bytes(), int(sys.argv[2])
    uvicorn.run(app_of(answer), port=port, log_config=None, access_log=False, lifespan="off")
