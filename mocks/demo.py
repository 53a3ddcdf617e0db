"""`make demo`: a citizen's first journey in the terminal, by HTTP and WebSocket alone, as an app would make it.

Uses a running city (GATEWAY_URL, or localhost:PORT); starts one of its own when there is none. Ends with
an exit code above zero as soon as a step is not as expected.
"""

import asyncio
import base64
import contextlib
import hashlib
import os
import secrets
import signal
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import segno

ITEM = "YB-010"
REGION = "371502"
START_SECONDS = 60.0
PROGRESS_SECONDS = 60.0


class NotAsExpected(Exception):
    """A step went another way than the journey says."""


def expect(condition: object, sentence: str) -> None:
    if not condition:
        raise NotAsExpected(sentence)


class Step:
    """Numbers the steps as they are told."""

    def __init__(self) -> None:
        self._number = 0

    def __call__(self, title: str) -> None:
        self._number += 1
        print(f"\n── 第 {self._number} 步  {title}", flush=True)


def tell(text: str) -> None:
    print(f"   {text}", flush=True)


class Client:
    """What an app of the city does: trusted documents by their id, a token, one WebSocket."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url
        self.token: str | None = None
        self._documents: Mapping[str, Mapping[str, str]] = {}

    async def start(self) -> None:
        async with self.session.get(f"{self.url}/operations.json") as answer:
            self._documents = await answer.json()

    def _headers(self) -> dict[str, str]:
        accept = {"accept": "application/graphql-response+json"}
        return accept if self.token is None else {**accept, "authorization": f"Bearer {self.token}"}

    async def run(self, name: str, **variables: Any) -> Any:
        """`data` of a trusted document. Raises `NotAsExpected` with the message of its first error."""
        expect(name in self._documents, f"网关没有登记操作 {name}")
        body = {"documentId": self._documents[name]["id"], "operationName": name, "variables": variables}
        async with self.session.post(f"{self.url}/graphql", json=body, headers=self._headers()) as answer:
            said = await answer.json(content_type=None)
        if said.get("errors"):
            error = said["errors"][0]
            raise NotAsExpected(f"{name}：{error['message']}（{error.get('extensions', {}).get('code')}）")
        return said["data"]

    async def write(self, name: str, **values: Any) -> Any:
        """A mutation: one input, with an idempotency key of its own."""
        return await self.run(name, input={"idempotencyKey": str(uuid.uuid4()), **values})

    async def follow(self, name: str, **variables: Any) -> AsyncIterator[Any]:
        """`data` of each event of a subscription, by graphql-transport-ws."""
        url = f"ws{self.url.removeprefix('http')}/graphql"
        async with self.session.ws_connect(url, protocols=("graphql-transport-ws",)) as socket:
            await socket.send_json({"type": "connection_init", "payload": {"authorization": f"Bearer {self.token}"}})
            expect((await socket.receive_json())["type"] == "connection_ack", "WebSocket 没有被接受")
            payload = {"query": self._documents[name]["text"], "variables": variables}
            await socket.send_json({"id": "1", "type": "subscribe", "payload": payload})
            while True:
                message = await socket.receive_json()
                if message["type"] == "next":
                    expect(not message["payload"].get("errors"), f"{name}：{message['payload'].get('errors')}")
                    yield message["payload"]["data"]
                elif message["type"] == "ping":
                    await socket.send_json({"type": "pong"})
                elif message["type"] == "error":
                    raise NotAsExpected(f"{name}：{message['payload']}")
                elif message["type"] == "complete":
                    return


async def sign_in(client: Client, person: str) -> None:
    """The authorization code flow with PKCE; the mock provider lets a demo person straight in."""
    verifier = secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    started = (
        await client.write(
            "StartSignIn",
            redirectUri=f"{client.url}/auth/callback",
            device="终端演示",
            codeChallenge=challenge,
        )
    )["startSignIn"]
    address = f"{started['authorizationUrl']}&{urlencode({'login_hint': person, 'prompt': 'none'})}"
    tell(f"到统一身份认证：{urlsplit(address).scheme}://{urlsplit(address).netloc}/authorize")
    async with client.session.get(address, allow_redirects=False) as answer:
        back = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    expect(back.get("state") == started["state"], "返回的 state 与发起时不同")
    expect("code" in back, f"身份认证没有给出授权码：{back.get('error')}")
    tokens = (
        await client.write(
            "CompleteSignIn", code=back["code"], state=back["state"], iss=back.get("iss"), codeVerifier=verifier
        )
    )["completeSignIn"]["tokens"]
    client.token = tokens["accessToken"]


async def apply(client: Client) -> str:
    """Hand in YB-010 and follow it to its end; returns the certificate's id."""
    submitted = (
        await client.write(
            "SubmitApplication",
            itemCode=ITEM,
            regionCode=REGION,
            form={"insuranceType": "EMPLOYEE", "purpose": "TRANSFER"},
        )
    )["submitApplication"]
    expect(not submitted["problems"], f"表单有问题：{submitted['problems']}")
    application = submitted["application"]
    tell(f"办件编号 {application['number']}，{application['itemName']}")
    told = 0
    async with asyncio.timeout(PROGRESS_SECONDS):
        async for event in client.follow("ApplicationProgress", applicationId=application["id"]):
            now = event["applicationProgress"]
            for line in now["timeline"]:
                if line["sequence"] > told:
                    told = line["sequence"]
                    tell(f"{line['at'][11:19]}  {line['label']}：{line['sentence']}")
    expect(now["result"] and now["result"]["certificateId"], f"没有办成：{now['stateLabel']} {now['reason'] or ''}")
    certificate_id: str = now["result"]["certificateId"]
    return certificate_id


async def verify_online(client: Client, code: str) -> Any:
    async with client.session.post(f"{client.url}/api/verify", json={"token": code}) as answer:
        expect(answer.status == 200, f"核验接口没有正常回答：{answer.status} {await answer.text()}")
        return await answer.json()


async def verify_offline(client: Client, code: str) -> str:
    """The verifier's own command, with the keys that we publish and no network."""
    async with client.session.get(f"{client.url}/.well-known/jwks/presentation.json") as answer:
        keys = await answer.read()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "jwks.json"
        file.write_bytes(keys)
        used = str(Path(folder) / "used.db")
        command = (
            "certs_schema",
            "verify",
            "--issuer",
            client.url,
            "--jwks",
            str(file),
            "--replay-cache",
            used,
            "-",
        )
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await child.communicate(code.encode())
    expect(child.returncode == 0, f"离线核验没有通过：{output.decode()}")
    return output.decode().rstrip()


async def journey(client: Client) -> None:
    step = Step()
    step("以演示市民张三登录（OIDC 授权码 + PKCE）")
    await sign_in(client, "zhangsan")
    person = (await client.run("Me"))["viewer"]["person"]
    tell(f"已登录：{person['name']}  {person['idNumber']}  {person['assurance']}")

    step("搜索 ybpz")
    hits = (await client.run("SearchServiceItems", text="ybpz", first=3))["searchServiceItems"]["hits"]
    for hit in hits:
        tell(f"{hit['item']['code']}  {hit['item']['name']}  {hit['item']['department']['shortName']}")
    expect(hits and hits[0]["item"]["code"] == ITEM, f"第一条应当是 {ITEM}")

    step("看办事指南")
    guide = (await client.run("ServiceItemGuide", code=ITEM))["serviceItem"]
    tell(guide["summary"])
    for material in guide["materials"]:
        tell(f"材料：{material['name']}  {material['replacedBy'] or ''}")
    tell("全程网办" if guide["depth"] == "FULLY_ONLINE" else guide["depth"])

    step("提交申请，实时看进展")
    certificate_id = await apply(client)

    step("卡包里有了证照，亮证")
    code = await present(client, certificate_id)

    step("核验方扫码核验（REST）")
    said = await verify_online(client, code)
    expect(said.get("valid") is True, f"核验没有通过：{said}")
    tell(f"有效：{said['typeName']}  持证人 {said['holder']}  {said['message']}")

    step("核验方离线核验（公钥，不联网）")
    for line in (await verify_offline(client, code)).splitlines():
        tell(line)

    step("同一个码再扫一次，应当被拒绝")
    said = await verify_online(client, code)
    expect(said.get("valid") is False, f"第二次核验应当被拒绝，却得到：{said}")
    tell(f"已拒绝（{said['code']}）：{said['message']}")
    print("\n全部如期完成。Every step was as expected.")


async def present(client: Client, certificate_id: str) -> str:
    edges = (await client.run("MyCertificates"))["viewer"]["certificates"]["edges"]
    certificates = [edge["node"] for edge in edges]
    held = [one for one in certificates if one["id"] == certificate_id]
    expect(held, "卡包里没有这张证照")
    certificate = held[0]
    tell(f"{certificate['typeName']}  有效期至 {certificate['validUntil'] or '长期'}")
    shown = (await client.write("PresentCertificate", certificateId=certificate_id))["presentCertificate"]
    code: str = shown["token"]
    tell(f"动态码 {len(code)} 个字符，{shown['expiresAt'][11:19]} 前有效，只能核验一次")
    print()
    segno.make(code, error="l", micro=False).terminal(compact=True, border=2)
    return code


@asynccontextmanager
async def city(session: aiohttp.ClientSession, url: str) -> AsyncIterator[None]:
    """The running city, or one of our own for as long as the block runs."""
    if await is_ready(session, url):
        yield
        return
    print("没有正在运行的分厅，先启动一个…… starting a city of our own", flush=True)
    serve = (sys.executable, "-m", "gateway", "serve", "--migrate")
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mocks", "--serve-with", "--", *serve,
        stdout=asyncio.subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(START_SECONDS):
            while not await is_ready(session, url):
                expect(child.returncode is None, "分厅没有启动，原因见上")
                await asyncio.sleep(0.2)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)
        await child.wait()


async def is_ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(f"{url}/readyz") as answer:
            return answer.status == 200
    except (aiohttp.ClientError, OSError):
        return False


async def main() -> int:
    url = os.environ.get("GATEWAY_URL", f"http://localhost:{os.environ.get('PORT', '8000')}").rstrip("/")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120, sock_connect=5)) as session:
        try:
            async with city(session, url):
                client = Client(session, url)
                await client.start()
                await journey(client)
        except (NotAsExpected, TimeoutError, aiohttp.ClientError) as unexpected:
            print(f"\n✗ {unexpected or type(unexpected).__name__}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
