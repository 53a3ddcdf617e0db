"""A small HTTP/1.1 load client: keep-alive connections, one fixed request each; used where `wrk` is missing.

It checks every answer's status and length, and runs on a processor of its own where taskset can pin it.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass

HEADER_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, sent again and again."""

    port: int
    path: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()

    def wire(self) -> bytes:
        lines = [f"POST {self.path} HTTP/1.1", f"host: 127.0.0.1:{self.port}", f"content-length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(lines).encode() + HEADER_END + self.body


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the whole answer to the last one is there."""

    def __init__(self, wire: bytes) -> None:
        self.wire, self.answers, self.length = wire, 0, 0
        self._got = 0
        self.stopped = False
        self.failed: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]  # TCP
        self.transport.write(self.wire)

    def data_received(self, data: bytes) -> None:
        self._got += len(data)
        if self.length == 0:
            head, separator, _ = data.partition(HEADER_END)
            if not separator or b" 200 " not in head[:20]:
                self.failed = repr(head[:200])
                self.transport.close()
                return
            lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            self.length = len(head) + len(HEADER_END) + int(lengths[0].split(b":")[1])
        if self._got >= self.length:
            self._got -= self.length
            self.answers += 1
            if not self.stopped:
                self.transport.write(self.wire)


async def measure(request: Request, seconds: float, connections: int) -> float:
    """Answers a second over `connections` keep-alive connections."""
    loop = asyncio.get_running_loop()
    made = [
        (await loop.create_connection(lambda: _Connection(request.wire()), "127.0.0.1", request.port))[1]
        for _ in range(connections)
    ]
    await asyncio.sleep(seconds / 5)  # warm up
    before, start = sum(c.answers for c in made), time.perf_counter()
    await asyncio.sleep(seconds)
    rate = (sum(c.answers for c in made) - before) / (time.perf_counter() - start)
    for one in made:
        one.stopped = True
        one.transport.close()
    failures = [one.failed for one in made if one.failed]
    if failures:
        raise RuntimeError(f"the server answered {failures[0]}")
    return rate


def pinned(command: list[str], processor: int) -> list[str]:
    """The command on one processor, where taskset is there and the machine has more than one."""
    if shutil.which("taskset") and (os.cpu_count() or 1) > 1:
        return ["taskset", "-c", str(processor), *command]
    return command


def client_name() -> str:
    return "wrk" if shutil.which("wrk") else "our asyncio client (wrk is not installed)"


def rate_of(request: Request, seconds: float = 4.0, connections: int = 16) -> float:
    """Answers a second, measured from another process on another processor."""
    if shutil.which("wrk"):
        return _wrk(request, seconds, connections)
    arguments = [str(request.port), request.path, request.body.decode(), str(seconds), str(connections)]
    arguments += [f"{name}={value}" for name, value in request.headers]
    command = pinned([sys.executable, __file__, *arguments], 1)
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _wrk(request: Request, seconds: float, connections: int) -> float:
    script = f"wrk.method='POST'\nwrk.body={_lua(request.body.decode())}\n"
    script += "".join(f"wrk.headers[{_lua(n)}]={_lua(v)}\n" for n, v in request.headers)
    url = f"http://127.0.0.1:{request.port}{request.path}"
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}", "-s", "/dev/stdin", url]
    out = subprocess.run(pinned(command, 1), input=script, check=True, capture_output=True, text=True).stdout
    return float(next(line.split()[1] for line in out.splitlines() if line.startswith("Requests/sec")))


def _lua(text: str) -> str:
    return f"[==[{text}]==]"


if __name__ == "__main__":
    port, path, body, seconds, connections, *pairs = sys.argv[1:]
    headers = tuple((name, value) for name, _, value in (pair.partition("=") for pair in pairs))
    print(asyncio.run(measure(Request(int(port), path, body.encode(), headers), float(seconds), int(connections))))
