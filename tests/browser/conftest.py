"""A real browser on a real city. Without Chromium these tests are skipped."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip


def chromium() -> str:
    """Debian's Chromium, or a skip that says what to install."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is not None:
        return found
    pytest.skip("Chromium is not installed: the pages are not tried in a browser (apt install chromium fonts-noto-cjk)")


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A fresh page; an error in its scripts or console fails the test."""
    path = chromium()
    troubles: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        context = await browser.new_context(viewport={"width": 1120, "height": 760}, locale="zh-CN")
        page = await context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
        yield page
        await browser.close()
    assert troubles == []
