"""What a verifier installs besides the check itself: keys, replay cache, command."""

import asyncio
import io
import json
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from certs_schema.generate import test_jwks as published_jwks
from certs_schema.verifier import FileReplayCache, OfflineVerifier, VerifyError, load, read_jwks
from certs_schema.verifier.cli import main
from certs_schema.verifier.keys import FRESH_SECONDS, STALE_SECONDS
from tests.unit.certs_schema.making import ISSUER, KEYS, KID, NOW, PAYLOAD, good, token

JWK = published_jwks()["keys"][0]


@pytest.fixture
def jwks_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(published_jwks()))
    return path


class KeyServer(BaseHTTPRequestHandler):
    """Answers what the test says and counts."""

    answer: ClassVar[tuple[int, bytes]] = (200, b"")
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, body = self.answer
        self.send_response(status)
        if status == 302:
            self.send_header("location", "/elsewhere")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        return None


@pytest.fixture
def key_server() -> Any:
    server = HTTPServer(("127.0.0.1", 0), KeyServer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    KeyServer.answer, KeyServer.asked = (200, json.dumps(published_jwks()).encode()), []
    yield f"http://127.0.0.1:{server.server_port}/jwks.json"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    "document",
    [
        b"", b"{", b"[]", b"null", b'{"keys": {}}', b'{"keys": []}', b"\xff", b"[" * 100_000,
        json.dumps({"keys": [JWK, JWK]}).encode(),
        json.dumps({"keys": [JWK] * 65}).encode(),
        json.dumps({"keys": [{**JWK, "x": JWK["y"], "y": JWK["x"]}]}).encode(),
        json.dumps({"keys": [{**JWK, "x": JWK["x"][:-1]}]}).encode(),
        json.dumps({"keys": [{**JWK, "x": 1}]}).encode(),
        json.dumps({"keys": [{**JWK, "alg": "HS256"}]}).encode(),
        json.dumps({"keys": [{**JWK, "use": "enc"}]}).encode(),
        json.dumps({"keys": [{"kty": "oct", "kid": KID, "k": "AAAA"}]}).encode(),
        json.dumps(published_jwks()).encode() + b" " * 300_000,
    ],
    ids=lambda document: repr(document)[:30],
)  # fmt: skip
def test_a_bad_key_set_is_no_key_set(document: bytes) -> None:
    with pytest.raises(VerifyError, match="KEYS_UNAVAILABLE"):
        read_jwks(document, NOW)


def test_keys_of_other_kinds_are_passed_over() -> None:
    document = {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "AA"}, "text", JWK]}
    assert list(read_jwks(json.dumps(document), NOW).keys) == [KID]


def test_fetched_keys_are_kept_while_fresh_and_serve_a_day_without_network(key_server: str, tmp_path: Path) -> None:
    assert load(key_server, tmp_path, NOW).as_of == NOW
    assert load(key_server, tmp_path, NOW + FRESH_SECONDS - 1).as_of == NOW
    assert len(KeyServer.asked) == 1
    for broken in ((500, b""), (200, b"garbage"), (302, b"")):
        KeyServer.answer = broken
        assert load(key_server, tmp_path, NOW + FRESH_SECONDS).as_of == NOW
    assert "/elsewhere" not in KeyServer.asked
    with pytest.raises(VerifyError, match="KEYS_UNAVAILABLE"):
        load(key_server, tmp_path, NOW + STALE_SECONDS)
    with pytest.raises(VerifyError, match="KEYS_UNAVAILABLE"):
        load(key_server, None, NOW)


@pytest.mark.parametrize(
    "source", ["/no/such/file", "ftp://127.0.0.1/x", "http://127.0.0.1:1/x", "http://[", "", "\x00"]
)
def test_keys_that_cannot_be_had_are_said_to_be_unavailable(source: str, tmp_path: Path) -> None:
    with pytest.raises(VerifyError, match="KEYS_UNAVAILABLE"):
        load(source, tmp_path, NOW)


def test_the_replay_cache_is_shared_by_every_process_of_a_device(tmp_path: Path) -> None:
    text, path = good(), tmp_path / "deep" / "used.db"

    def scan(_: int) -> str:
        try:
            OfflineVerifier(KEYS, ISSUER, FileReplayCache(path), lambda: NOW + 1).verify(text)
        except VerifyError as refused:
            return refused.code.value
        return "VALID"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(scan, range(40)))
    assert sorted(answers) == ["ALREADY_USED"] * 39 + ["VALID"]
    assert path.stat().st_mode & 0o077 == 0


def test_the_replay_cache_forgets_what_has_expired_and_holds_no_jti(tmp_path: Path) -> None:
    path = tmp_path / "used.db"
    now = float(NOW + 1)
    checking = OfflineVerifier(KEYS, ISSUER, FileReplayCache(path), lambda: now)
    checking.verify(good("a" * 22))
    assert b"a" * 22 not in path.read_bytes()
    now = NOW + 121.0
    checking.verify(token(payload={**PAYLOAD, "iat": NOW + 100, "exp": NOW + 160}))
    with sqlite3.connect(path) as file:
        assert file.execute("SELECT count(*) FROM used").fetchone() == (1,)
    file.close()


@pytest.mark.parametrize("spoil", ["garbage", "folder"])
def test_a_replay_cache_that_does_not_work_decides_nothing(tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "used.db"
    if spoil == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"not a database" * 100)
    with pytest.raises(VerifyError, match="REPLAY_CACHE_UNAVAILABLE"):
        OfflineVerifier(KEYS, ISSUER, FileReplayCache(path), lambda: NOW + 1).verify(good())


def run(jwks_file: Path, *more: str, given: bytes = b"", now: float = NOW + 1) -> tuple[int, str]:
    out = io.StringIO()
    replay = str(jwks_file.parent / "used.db")
    arguments = ["--jwks", str(jwks_file), "--issuer", ISSUER, "--replay-cache", replay, *more]
    return main(arguments, out, io.BytesIO(given), lambda: now), out.getvalue()


def test_the_command_says_who_what_and_that_it_was_offline(jwks_file: Path) -> None:
    text = good()
    code, said = run(jwks_file, "-", given=text.encode() + b"\n")
    assert code == 0
    for part in (
        "有效 VALID",
        "参保凭证(基本医疗保险)",
        "张*",
        "参保起始年月 Insured from (YYYYMM): 201407",
        "离线核验",
        "offline",
    ):
        assert part in said
    assert "状态截至 2026-11-18T19:06:40+08:00" in said
    code, said = run(jwks_file, text)
    assert (code, "ALREADY_USED" in said, "首次使用" in said) == (1, True, True)


def test_the_command_speaks_json(jwks_file: Path) -> None:
    code, said = run(jwks_file, "--json", good())
    answer = json.loads(said)
    assert (code, answer["valid"], answer["online"], answer["holder"]) == (0, True, False, "张*")
    assert answer["claims"] == [
        {"key": "from_month", "label": "参保起始年月", "labelEn": "Insured from (YYYYMM)", "value": "201407"}
    ]
    code, said = run(jwks_file, "--json", "garbage")
    assert (code, json.loads(said)["code"]) == (1, "TOKEN_MALFORMED")
    code, said = run(jwks_file, "--json", "--jwks", "/no/such/file", good())
    assert (code, json.loads(said)["valid"]) == (3, None)


@pytest.mark.parametrize("given", [b"", b"\xff\xfe\x00", b"\n" * 10_000, b"a.b.c"])
def test_the_command_takes_any_bytes(jwks_file: Path, given: bytes) -> None:
    code, said = run(jwks_file, "-", given=given)
    assert (code, "TOKEN_MALFORMED" in said) == (1, True)


def test_a_signed_text_cannot_steer_the_terminal(jwks_file: Path) -> None:
    code, said = run(jwks_file, token(payload={**PAYLOAD, "claims": {"from_month": "\x1b[2J\u202e!"}}))
    assert code == 0
    assert "\x1b" not in said
    assert "\u202e" not in said


async def test_the_module_runs_on_its_own_and_imports_nothing_but_cryptography(jwks_file: Path) -> None:
    command = [sys.executable, "-m", "certs_schema", "verify", "--jwks", str(jwks_file), "--issuer", ISSUER,
               "--replay-cache", str(jwks_file.parent / "used.db"), "garbage"]  # fmt: skip
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "TOKEN_MALFORMED" in done.stdout
    probe = "import sys, certs_schema.verifier.cli; print({m.split('.')[0] for m in sys.modules})"
    listed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    )
    for foreign in ("services", "gateway", "orjson", "jsonschema_rs", "sqlalchemy", "graphene", "redis"):
        assert f"'{foreign}'" not in listed.stdout
    usage = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "certs_schema"], capture_output=True, text=True, check=False
    )
    assert usage.returncode == 2
