"""`/docs`: the Markdown pages of the project, readable without leaving the machine."""

from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.web.layout import page
from gateway.web.markdown import render, title_of

ROOT = Path(__file__).resolve().parents[2]
Html = Callable[..., Response]


def found() -> dict[str, Path]:
    """Every page by its name in the address; none where only the packages are installed."""
    pages = {"readme": ROOT / "README.md", "changelog": ROOT / "CHANGELOG.md"}
    for path in sorted((ROOT / "docs").rglob("*.md")):
        pages[path.relative_to(ROOT / "docs").with_suffix("").as_posix()] = path
    for path in sorted((ROOT / "services").glob("*/README.md")):
        pages[f"services/{path.parent.name}"] = path
    return {name: path for name, path in pages.items() if path.exists()}


def document_routes(html: Html) -> list[BaseRoute]:
    async def index(request: Request) -> Response:
        items = "".join(
            f'<li><a href="/docs/{name}">{title_of(path.read_text("utf-8"), name)}<small>{name}</small></a></li>'
            for name, path in found().items()
        )
        body = (
            f'<section class="card"><h1>文档 <small>Documentation</small></h1><ul class="links">{items}</ul></section>'
        )
        return html(page("文档", body))

    async def document(request: Request) -> Response:
        name = request.path_params["name"].removesuffix(".md")
        path = found().get(name)
        if path is None:
            body = '<section class="card narrow"><h1>没有这一页</h1><p><a href="/docs">全部文档</a></p></section>'
            return html(page("没有这一页", body), status=404)
        text = path.read_text("utf-8")
        return html(
            page(
                title_of(text, name),
                f'<article class="card doc">{render(text, path.parent.relative_to(ROOT).as_posix())}</article>',
            )
        )

    async def image(request: Request) -> Response:
        path = ROOT / "docs" / "images" / request.path_params["name"]
        if path.suffix != ".png" or not path.is_file():
            return Response("没有这张图。", status_code=404, media_type="text/plain")
        return Response(path.read_bytes(), media_type="image/png")

    return [
        Route("/docs", index),
        Route("/docs/images/{name}", image),
        Route("/docs/{name:path}", document),
    ]
