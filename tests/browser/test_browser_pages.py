"""What a citizen, a developer and a verifier do in the pages, in a real browser."""

import pytest
from playwright.async_api import Page, expect

from tests.city import City

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def sign_in(page: Page, city: City, person: str = "zhangsan") -> None:
    await page.goto(city.url)
    await page.click(f"[data-person={person}]")
    await expect(page.locator("#signed-in")).to_be_visible()
    await expect(page.locator("#person")).not_to_be_empty()


async def test_a_citizen_searches_by_initials_and_reads_the_guide(embedded_city: City, page: Page) -> None:
    await page.goto(embedded_city.url)
    await page.fill("#text", "ybpz")
    hit = page.locator(".hit").first
    await expect(hit).to_contain_text("出具《参保凭证》")
    await expect(hit).to_contain_text("全程网办")
    await hit.click()
    await expect(page.locator("dialog[open] h2")).to_have_text("出具《参保凭证》")
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog[open]")).to_have_count(0)


async def test_a_search_without_a_hit_says_so(embedded_city: City, page: Page) -> None:
    await page.goto(embedded_city.url)
    await page.fill("#text", "qqqqxxzz")
    await expect(page.locator("#count")).to_contain_text("没有找到")


async def test_the_page_can_be_used_by_keyboard_alone(embedded_city: City, page: Page) -> None:
    await page.goto(embedded_city.url)
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.locator("#text").focus()
    await page.keyboard.type("ybpz")
    await expect(page.locator(".hit").first).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(page.locator(".hit").first).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog[open]")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/verify", "/docs", "/docs/settings"])
async def test_pages_fit_a_phone_of_360_pixels(embedded_city: City, page: Page, path: str) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto(embedded_city.url + path)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_a_demo_citizen_signs_in_by_the_real_flow_and_out_again(embedded_city: City, page: Page) -> None:
    await sign_in(page, embedded_city)
    await expect(page.locator("#person")).to_have_text("张*")
    assert await page.evaluate("localStorage.length") == 0
    assert "code=" not in page.url
    await page.click("#leave")
    await expect(page.locator("#signed-out")).to_be_visible()


async def test_a_sign_in_that_this_page_did_not_begin_is_refused(embedded_city: City, page: Page) -> None:
    await page.goto(f"{embedded_city.url}/auth/callback?code=stolen&state=other")
    await expect(page.locator("#trouble")).to_contain_text("不是从本页发起的")
    assert "stolen" not in page.url


async def test_graphiql_runs_an_example_as_the_signed_in_person(embedded_city: City, page: Page) -> None:
    await sign_in(page, embedded_city)
    await page.goto(f"{embedded_city.url}/graphiql")
    await page.select_option("#examples", "SearchServiceItems")
    await page.click(".graphiql-execute-button")
    await expect(page.locator(".result-window")).to_contain_text("YB-010")
    await page.select_option("#examples", "Me")
    await page.click(".graphiql-execute-button")
    await expect(page.locator(".result-window")).to_contain_text("REAL_NAME")


async def test_a_certificate_is_applied_for_shown_and_verified_once(embedded_city: City, page: Page) -> None:
    await sign_in(page, embedded_city)
    await page.click("#apply")
    await expect(page.locator("#progress li").last).to_contain_text("已办结", timeout=20_000)
    await page.click("#show")
    await expect(page.locator("#code svg")).to_be_visible()
    token = await page.locator("#code-text").input_value()

    verifier = await page.context.new_page()
    await verifier.goto(f"{embedded_city.url}/verify")
    for kind, word in (("good", "有效"), ("bad", "无效")):
        await verifier.fill("#token", token)
        await verifier.click("#verify button[type=submit]")
        await expect(verifier.locator(f"#result.{kind} .word")).to_contain_text(word)
    await expect(page.locator("#code-note")).to_contain_text("已被核验")


async def test_a_code_that_is_none_is_shown_red_in_words(embedded_city: City, page: Page) -> None:
    await page.goto(f"{embedded_city.url}/verify")
    await page.fill("#token", "not a token")
    await page.click("#verify button[type=submit]")
    await expect(page.locator("#result.bad .word")).to_contain_text("无效")
