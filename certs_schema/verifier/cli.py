"""`python -m certs_schema verify`: check a shown certificate offline, with published keys.

Exit codes: 0 valid · 1 refused · 2 wrong usage · 3 cannot decide (no usable keys, or no replay cache).
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from certs_schema.verifier.errors import UNDECIDED, VerifyError
from certs_schema.verifier.keys import load
from certs_schema.verifier.labels import labels
from certs_schema.verifier.offline import OfflineResult, OfflineVerifier, moment_text
from certs_schema.verifier.replay import FileReplayCache
from certs_schema.verifier.token import MAX_TOKEN_CHARS

VALID, REFUSED, USAGE, UNDECIDABLE = 0, 1, 2, 3
DEFAULT_ISSUER = "http://localhost:8000"
_KEYS_PATH = "/.well-known/jwks/presentation.json"


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m certs_schema verify", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("code", metavar="TOKEN", help="what the QR holds, or - to read it from standard input")
    made.add_argument("--issuer", default=DEFAULT_ISSUER, help="the one issuer to trust (default: %(default)s)")
    made.add_argument("--jwks", help=f"published keys: a file or an http(s) URL (default: ISSUER{_KEYS_PATH})")
    made.add_argument("--replay-cache", type=Path, help="this device's record of used codes (default: per user)")
    made.add_argument("--key-cache", type=Path, help="folder for copies of keys fetched by URL (default: per user)")
    made.add_argument("--json", action="store_true", help="one JSON object instead of text")
    return made


def main(
    arguments: Sequence[str] | None = None,
    out: TextIO | None = None,
    given: BinaryIO | None = None,
    now: Callable[[], float] = time.time,
) -> int:
    """Run the command; returns its exit code. Argument errors exit with 2, as argparse does."""
    chosen = parser().parse_args(arguments)
    target = out or sys.stdout
    code = chosen.code
    if code == "-":
        code = (given or sys.stdin.buffer).read(MAX_TOKEN_CHARS + 2).decode(errors="replace").strip()
    folder = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "lc-verifier"
    try:
        keys = load(chosen.jwks or chosen.issuer.rstrip("/") + _KEYS_PATH, chosen.key_cache or folder, now())
        replay = FileReplayCache(chosen.replay_cache or folder / "used.db")
        result = OfflineVerifier(keys, chosen.issuer, replay, now).verify(code)
    except VerifyError as refused:
        target.write(_json(_refusal(refused)) if chosen.json else _refusal_text(refused))
        return UNDECIDABLE if refused.code in UNDECIDED else REFUSED
    target.write(_json(_answer(result)) if chosen.json else _text(result))
    return VALID


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _answer(result: OfflineResult) -> dict[str, Any]:
    said = result.presentation
    named = labels(said.type_code)
    pairs = [(key, *named.fields.get(key, (key, key)), value) for key, value in said.claims.items()]
    return {
        "valid": True,
        "code": "VALID",
        "online": False,
        "message": result.statement_zh,
        "messageEn": result.statement_en,
        "type": said.type_code,
        "typeName": named.name_zh,
        "typeNameEn": named.name_en,
        "holder": said.holder,
        "claims": [{"key": key, "label": zh, "labelEn": en, "value": value} for key, zh, en, value in pairs],
        "issuer": said.issuer,
        "stateAsOf": moment_text(said.issued_at),
        "checkedAt": moment_text(result.checked_at),
        "expiresAt": moment_text(said.expires_at),
        "keysAsOf": moment_text(result.keys_as_of),
    }


def _refusal(refused: VerifyError) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "valid": None if refused.code in UNDECIDED else False,
        "code": refused.code.value,
        "online": False,
        "message": refused.message_zh,
        "messageEn": refused.message_en,
    }
    if refused.first_used_at is not None:
        answer["firstUsedAt"] = moment_text(refused.first_used_at)
    return answer


def _text(result: OfflineResult) -> str:
    said = result.presentation
    named = labels(said.type_code)
    lines = [
        "✓ 有效 VALID",
        f"  证照 Certificate: {_plain(named.name_zh)} ({_plain(named.name_en)})",
        f"  持有人 Holder: {_plain(said.holder)}",
        *(f"  {named.of(key)}: {_plain(value)}" for key, value in said.claims.items()),
        f"  {result.statement_zh}",
        f"  {result.statement_en}",
    ]
    return "\n".join(lines) + "\n"


def _refusal_text(refused: VerifyError) -> str:
    mark = "? 无法核验 UNDECIDED" if refused.code in UNDECIDED else "✗ 无效 REFUSED"
    first = "" if refused.first_used_at is None else f"\n  首次使用 First used: {moment_text(refused.first_used_at)}"
    return f"{mark} [{refused.code.value}]\n  {refused.message_zh}\n  {refused.message_en}{first}\n"


def _plain(text: str) -> str:
    """Without control characters: what a token says must not steer a terminal."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
