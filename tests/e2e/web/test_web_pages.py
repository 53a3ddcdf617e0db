"""The pages: what each serves, what each forbids, and nothing from anywhere else."""

import re
from pathlib import Path

import aiohttp
import pytest

from gateway.web.documents import found
from gateway.web.markdown import render
from gateway.web.pages import DEMO_PEOPLE, Pages
from mocks.people import PEOPLE
from tests.city import City

PAGES = ("/", "/auth/callback", "/verify", "/docs", "/docs/errors", "/docs/settings", "/graphiql")
WEB = Path(__file__).resolve().parents[3] / "gateway" / "web"


async def fetch(city: City, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    async with aiohttp.ClientSession() as session, session.get(city.url + path, headers=headers) as answer:
        return answer.status, {k.lower(): v for k, v in answer.headers.items()}, await answer.text()


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_has_a_strict_policy_and_names_no_other_host(embedded_city: City, path: str) -> None:
    status, headers, body = await fetch(embedded_city, path)
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    policy = headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert not re.findall(r"""(?:src|href)="https?://""", body)
    assert not re.findall(r"<script(?![^>]*\bsrc=)|\son\w+=|<style|\sstyle=", body)


@pytest.mark.parametrize("path", PAGES)
async def test_every_file_that_a_page_names_is_served(embedded_city: City, path: str) -> None:
    _, _, body = await fetch(embedded_city, path)
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', body)
    assert len(files) >= 3
    for file in files:
        assert (await fetch(embedded_city, file))[0] == 200, file


async def test_a_file_that_has_not_changed_is_not_sent_again(embedded_city: City) -> None:
    _, headers, _ = await fetch(embedded_city, "/static/city.js")
    status, _, body = await fetch(embedded_city, "/static/city.js", **{"if-none-match": headers["etag"]})
    assert (status, body) == (304, "")


@pytest.mark.parametrize("path", [
    "/static/../pages.py", "/static/%2e%2e/pages.py", "/static/none.js", "/docs/none", "/docs/../README",
    "/docs/%2e%2e/pyproject", "/docs/images/..%2f..%2fpages.py",
])  # fmt: skip
async def test_nothing_outside_the_lists_is_served(embedded_city: City, path: str) -> None:
    assert (await fetch(embedded_city, path))[0] == 404


async def test_the_pages_run_operations_that_are_trusted_and_valid(embedded_city: City) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{embedded_city.url}/operations.json") as answer:
            operations = await answer.json()
        used = set()
        for script in (WEB / "static").glob("*.js"):
            used |= set(re.findall(r'city\.run\("(\w+)"|documents\(\)\)\.(\w+)', script.read_text("utf-8")))
        assert {one or other for one, other in used} <= operations.keys()
        body = {"documentId": operations["SearchServiceItems"]["id"], "variables": {"text": "ybpz"}}
        async with session.post(f"{embedded_city.url}/graphql", json=body) as answer:
            found = await answer.json()
    assert found["data"]["searchServiceItems"]["hits"][0]["item"]["code"] == "YB-010"


def test_the_demo_people_of_the_page_are_those_who_can_sign_in() -> None:
    assert [(key, name) for key, name, _ in DEMO_PEOPLE] == [(p.key, p.name) for p in PEOPLE.values() if p.phone]


def test_production_shows_neither_demo_people_nor_graphiql() -> None:
    pages = Pages(production=True, introspection=False)
    assert "张三" not in pages._landing
    assert "graphiql" not in pages._landing
    assert "data-person" not in pages._landing


def test_markdown_is_escaped_and_links_stay_safe() -> None:
    table = "| a | b |\n|---|---|\n| 1 | c\\|d |\n"
    html = render(f"# A <b>\n\nx [y](javascript:alert(1)) `<i>` **z**\n\n- one\n- two\n  more\n\n{table}")
    assert "<h1>A &lt;b&gt;</h1>" in html
    assert "javascript" not in html
    assert "<code>&lt;i&gt;</code>" in html
    assert "<li>two more</li>" in html
    assert "<td>c|d</td>" in html


async def test_every_link_in_the_docs_leads_to_a_page_or_picture(embedded_city: City) -> None:
    leads: dict[str, str] = {}
    for name in found():
        _, _, body = await fetch(embedded_city, f"/docs/{name}")
        leads |= {target.partition("#")[0]: name for target in re.findall(r'(?:href|src)="(/docs[^"]*)"', body)}
    assert "/docs/images/landing.png" in leads
    broken = {target: name for target, name in leads.items() if (await fetch_status(embedded_city, target)) != 200}
    assert broken == {}


async def fetch_status(city: City, path: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(city.url + path) as answer:
        await answer.read()
        return answer.status


def test_vendored_files_are_listed_with_their_licences() -> None:
    vendored = WEB / "static" / "vendor"
    listed = (vendored / "README.md").read_text("utf-8")
    for file in vendored.iterdir():
        assert file.name == "README.md" or f"`{file.name}`" in listed
