"""补正: asked once with the complete list, answered once, in time, by the right citizen."""

from typing import Any

from services.kernel.ids import new_id
from tests.city import City
from tests.e2e.applications.departments import ANSWER, Applicant, applying_items, window_of
from tests.e2e.applications.operations import WITHDRAW
from tests.e2e.applications.test_applications_departments import until_over
from tests.sign_in import sign_in


def an_item() -> str:
    """An item for persons, done at once, of the housing fund."""
    return next(
        code
        for code, item in applying_items().items()
        if item["adapter"] == "GJJ-YW" and item["immediate"] and "个人" in item["subjects"]
    )


async def asked(city: City) -> tuple[Applicant, dict[str, Any]]:
    await city.script(
        "unified_window", "correction", scope="GJJ-YW", times=1, message="请补婚姻证明；请写明用途", code="form.purpose"
    )
    applicant = await Applicant.of(city)
    return applicant, await until_over(applicant, await applicant.apply(an_item()), "CORRECTION_ASKED")


async def test_a_correction_is_shown_whole_answered_once_and_the_matter_goes_on_to_its_end(city: City) -> None:
    applicant, one = await asked(city)
    assert one["turn"] == "APPLICANT"
    assert [item["requirement"] for item in one["correction"]["items"]] == ["请补婚姻证明", "请写明用途"]
    assert one["correction"]["dueAt"] > one["correction"]["askedAt"]
    key = new_id()
    first = (await applicant.answer(one, note="已补", idempotencyKey=key)).data["answerCorrection"]
    assert first["problems"] == []
    assert first["application"]["correction"]["answeredAt"] is not None
    again = (await applicant.answer(one, note="已补", idempotencyKey=key)).data["answerCorrection"]
    assert again["application"]["id"] == one["id"]
    closed = await until_over(applicant, one)
    states = [event["state"] for event in closed["timeline"]]
    assert states == ["SUBMITTED", "CORRECTION_ASKED", "SUBMITTED", "ACCEPTED", "DECIDED", "DELIVERED", "CLOSED"]
    assert (await applicant.answer(one)).codes == ["ILLEGAL_TRANSITION"]
    answers = [call for call in window_of(city).control.log if call["operation"] == "corrections"]
    assert [call["repeat"] for call in answers] == [False]


async def test_a_correction_with_problems_keeps_nothing(embedded_city: City) -> None:
    applicant, one = await asked(embedded_city)
    wrong = (await applicant.answer(one, form={"nonsense": 1}, note="长" * 501)).data["answerCorrection"]
    assert wrong["application"] is None
    assert "note" in [problem["path"] for problem in wrong["problems"]]
    assert len(wrong["problems"]) >= 2
    assert await applicant.seen(one) == one


async def test_only_the_applicant_answers_a_correction(embedded_city: City) -> None:
    applicant, one = await asked(embedded_city)
    sent = {
        "input": {"applicationId": one["id"], "form": await applicant.filled(an_item()), "idempotencyKey": new_id()}
    }
    assert (await embedded_city.graphql(ANSWER, sent)).codes == ["UNAUTHENTICATED"]
    stranger = await sign_in(embedded_city, "lisi")
    assert (await embedded_city.graphql(ANSWER, sent, stranger.access)).codes == ["NOT_FOUND"]
    assert await applicant.seen(one) == one


async def test_an_application_whose_correction_is_asked_can_be_withdrawn(embedded_city: City) -> None:
    applicant, one = await asked(embedded_city)
    sent = {"input": {"applicationId": one["id"], "idempotencyKey": new_id()}}
    withdrawn = await embedded_city.graphql(WITHDRAW, sent, applicant.tokens.access)
    assert withdrawn.data["withdrawApplication"]["application"]["state"] == "WITHDRAWN"
    assert (await applicant.answer(one)).codes == ["ILLEGAL_TRANSITION"]
