"""Serves the pages and their files from memory, each with the strictest policy that it can live with."""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.bootstrap import Services
from gateway.graphql.trusted import checked_in, sha256_of
from gateway.web.documents import document_routes
from gateway.web.layout import page

HERE = Path(__file__).parent
STATIC = HERE / "static"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
GRAPHIQL_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""GraphiQL's editor writes style attributes and carries its font in the style sheet."""

SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
}

DEMO_PEOPLE = (
    ("zhangsan", "张三", "在职职工，两个孩子的父亲"),
    ("lisi", "李四", "刚到外地工作，医保要转出"),
    ("wangwu", "王五", "退休，异地安置"),
    ("zhaoliu", "赵六", "新来聊城，还没有记录"),
)
"""Those of the mock identity provider who have a phone; a test holds this to `mocks/people.py`."""


@dataclass(frozen=True, slots=True)
class File:
    body: bytes
    media_type: str
    etag: str


def _file(path: Path) -> File:
    body = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if media_type.startswith("text/") or media_type == "application/javascript":
        media_type += "; charset=utf-8"
    return File(body, media_type, f'"{hashlib.sha256(body).hexdigest()[:16]}"')


def static_files() -> dict[str, File]:
    """Every file under `static/`, by its path there."""
    served = {".js", ".css", ".svg", ".png", ".ico"}
    found = [path for path in STATIC.rglob("*") if path.is_file() and path.suffix in served]
    return {path.relative_to(STATIC).as_posix(): _file(path) for path in found}


def html(body: str, policy: str = POLICY, status: int = 200) -> Response:
    headers = {**SECURITY, "content-security-policy": policy, "cache-control": "no-cache"}
    return Response(body, status_code=status, media_type="text/html", headers=headers)


def _template(name: str, values: Mapping[str, str] | None = None) -> str:
    text = (HERE / "templates" / name).read_text("utf-8")
    for key, value in (values or {}).items():
        text = text.replace("{{" + key + "}}", value)
    return text


def _operations() -> bytes:
    """The trusted documents, by operation: what the pages run, and GraphiQL's examples."""
    documents = {name.removesuffix(".graphql"): text for name, text in checked_in().items()}
    return orjson.dumps({name: {"id": sha256_of(text), "text": text} for name, text in documents.items()})


def _sign_in_buttons() -> str:
    buttons = "".join(
        f'<button type="button" class="person" data-person="{escape(key)}">'
        f"<b>{escape(name)}</b><small>{escape(story)}</small></button>"
        for key, name, story in DEMO_PEOPLE
    )
    return _template("demo_people.html", {"buttons": buttons})


class Pages:
    """The pages of one deployment, rendered once."""

    def __init__(self, production: bool, introspection: bool) -> None:
        self._files = static_files()
        self._operations = _operations()
        self._operations_tag = f'"{hashlib.sha256(self._operations).hexdigest()[:16]}"'
        people = _template("app_sign_in.html") if production else _sign_in_buttons()
        tool = '<li><a href="/graphiql">GraphiQL 查询工具<small>Try the graph</small></a></li>' if introspection else ""
        self._landing = page(
            "聊城市民的掌上办事大厅",
            _template("landing.html", {"sign_in": people, "graphiql": tool}),
            scripts=("vendor/graphql-ws.min.js", "vendor/qrcode.js", "journey.js", "landing.js"),
        )
        self._callback = page("登录", _template("callback.html"), scripts=("callback.js",))
        self._verify = page("核验", _template("verify.html"), scripts=("verify.js",))
        self._graphiql = _template("graphiql.html")

    async def landing(self, request: Request) -> Response:
        return html(self._landing)

    async def callback(self, request: Request) -> Response:
        """Where the identity provider sends the browser back; the code in the query is used once, by the page."""
        return html(self._callback)

    async def verify(self, request: Request) -> Response:
        return html(self._verify)

    async def graphiql(self, request: Request) -> Response:
        return html(self._graphiql, GRAPHIQL_POLICY)

    async def operations(self, request: Request) -> Response:
        return self._cached(request, self._operations, "application/json", self._operations_tag)

    async def static(self, request: Request) -> Response:
        file = self._files.get(request.path_params["path"])
        if file is None:
            return Response("没有这个文件。", status_code=404, media_type="text/plain")
        return self._cached(request, file.body, file.media_type, file.etag)

    @staticmethod
    def _cached(request: Request, body: bytes, media_type: str, etag: str) -> Response:
        headers = {"etag": etag, "cache-control": "no-cache", "x-content-type-options": "nosniff"}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(body, headers={**headers, "content-type": media_type})


def routes(services: Services) -> list[BaseRoute]:
    settings = services.settings
    pages = Pages(settings.production, settings.allows_introspection)
    found: list[BaseRoute] = [
        Route("/", pages.landing),
        Route("/auth/callback", pages.callback),
        Route("/verify", pages.verify),
        Route("/operations.json", pages.operations),
        Route("/static/{path:path}", pages.static),
        *document_routes(html),
    ]
    if settings.allows_introspection:
        found.append(Route("/graphiql", pages.graphiql))
    return found
