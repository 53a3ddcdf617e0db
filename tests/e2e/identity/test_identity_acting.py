"""Acting for a child or a company, and proving oneself more strongly."""

from datetime import timedelta

from mocks.identity.app import Provider
from mocks.people import COMPANIES
from services.identity.model import STEP_UP_LIFE, eighteenth_birthday
from services.kernel.clock import FixedClock
from services.kernel.ids import new_id
from tests.city import City
from tests.e2e.identity.operations import (
    ACT_FOR,
    COMPLETE_STEP_UP,
    LEVEL,
    START_STEP_UP,
    SUBJECTS,
    refresh,
    send,
    stepped_up,
    subject_named,
)
from tests.sign_in import authorize, complete_input, sign_in, tokens_of

COMPANY = "聊城示例商贸有限公司"


async def level(city: City, token: str) -> str:
    answer: str = (await city.graphql(LEVEL, token=token)).data["viewer"]["person"]["assurance"]
    return answer


async def acting(city: City, token: str) -> str:
    """The name of whom the token acts for."""
    subjects = (await city.graphql(SUBJECTS, token=token)).data["viewer"]["subjects"]
    (current,) = [one["name"] for one in subjects if one["current"]]
    return str(current)


async def test_a_representative_acts_for_the_company_and_back_for_themselves(city: City) -> None:
    tokens = await sign_in(city)
    company = await subject_named(city, tokens.access, COMPANY)
    for_company = await send(city, ACT_FOR, tokens.access, subjectId=company)
    answer = for_company.data["actFor"]["tokens"]
    assert (answer["subject"], answer["refreshToken"]) == (company, None)
    assert await acting(city, answer["accessToken"]) == COMPANY
    refreshed = (await refresh(city, tokens.refresh)).data["refreshSession"]["tokens"]
    assert refreshed["subject"] == company
    back = await send(city, ACT_FOR, refreshed["accessToken"], subjectId=tokens.subject)
    assert await acting(city, back.data["actFor"]["tokens"]["accessToken"]) == "张*"


async def test_nobody_acts_for_whom_they_have_no_right(city: City) -> None:
    zhang, li = await sign_in(city, "zhangsan"), await sign_in(city, "lisi")
    company = await subject_named(city, zhang.access, COMPANY)
    for subject in (company, zhang.subject):
        assert (await send(city, ACT_FOR, li.access, subjectId=subject)).codes == ["SUBJECT_NOT_ALLOWED"]
    assert (await refresh(city, li.refresh)).data["refreshSession"]["tokens"]["subject"] == li.subject
    for nonsense in ("", "x", zhang.session_id, "QWN0aW5nU3ViamVjdDpST0JPVDox"):
        assert (await send(city, ACT_FOR, li.access, subjectId=nonsense)).codes == ["NOT_FOUND"]


async def test_a_guardian_tells_two_children_of_one_surname_apart(city: City) -> None:
    names = "query($full: Boolean!) { viewer { subjects { name(full: $full) } } }"
    proven, by_phone = await sign_in(city), await sign_in(city, assurance="PHONE")
    masked = (await city.graphql(names, {"full": False}, by_phone.access)).data["viewer"]["subjects"]
    assert [one["name"] for one in masked] == ["张*", "张**", "张**", COMPANY]
    whole = (await city.graphql(names, {"full": True}, proven.access)).data["viewer"]["subjects"]
    assert {one["name"] for one in whole} == {"张三", "张小一", "张小二", COMPANY}
    assert (await city.graphql(names, {"full": True}, by_phone.access)).codes == ["STEP_UP_REQUIRED"]
    assert (await city.graphql(names, {"full": True})).codes == ["UNAUTHENTICATED"]


async def test_guardianship_ends_at_eighteen_to_the_second(small_city: City, clock: FixedClock) -> None:
    city = small_city
    birthday = eighteenth_birthday(clock.now().date().replace(year=2010, month=9, day=1))
    clock.advance(birthday - clock.now() - timedelta(seconds=10))
    tokens = await sign_in(city)
    subjects = (await city.graphql(SUBJECTS, token=tokens.access)).data["viewer"]["subjects"]
    child = next(one for one in subjects if one["validUntil"] == "2028-09-01T00:00:00+08:00")
    acting_token = (await send(city, ACT_FOR, tokens.access, subjectId=child["id"])).data["actFor"]["tokens"]
    assert "errors" not in (await city.graphql(LEVEL, token=acting_token["accessToken"])).body
    clock.advance(timedelta(seconds=10))
    assert (await city.graphql(LEVEL, token=acting_token["accessToken"])).codes == ["SUBJECT_NOT_ALLOWED"]
    assert (await send(city, ACT_FOR, tokens.access, subjectId=child["id"])).codes == ["SUBJECT_NOT_ALLOWED"]
    left = (await city.graphql(SUBJECTS, token=tokens.access)).data["viewer"]["subjects"]
    assert child["id"] not in [one["id"] for one in left]
    refreshed = (await refresh(city, tokens.refresh)).data["refreshSession"]["tokens"]
    assert refreshed["subject"] == tokens.subject


async def test_a_power_that_the_provider_no_longer_names_ends_for_tokens_too(
    small_city: City, provider: Provider, clock: FixedClock
) -> None:
    city = small_city
    tokens = await sign_in(city)
    company = await subject_named(city, tokens.access, COMPANY)
    acting_token = (await send(city, ACT_FOR, tokens.access, subjectId=company)).data["actFor"]["tokens"]["accessToken"]
    assert "errors" not in (await city.graphql(LEVEL, token=acting_token)).body
    provider.userinfo_claims["companies"] = []
    clock.advance(timedelta(seconds=5))
    await sign_in(city)
    clock.advance(timedelta(seconds=2))
    assert (await city.graphql(LEVEL, token=acting_token)).codes == ["SUBJECT_NOT_ALLOWED"]
    assert (await send(city, ACT_FOR, tokens.access, subjectId=company)).codes == ["SUBJECT_NOT_ALLOWED"]
    assert "errors" not in (await city.graphql(LEVEL, token=tokens.access)).body


async def test_a_power_with_an_end_is_refused_from_that_moment(
    small_city: City, provider: Provider, clock: FixedClock
) -> None:
    one = COMPANIES["demo_trading"]
    ends = clock.now() + timedelta(minutes=5)
    provider.userinfo_claims["companies"] = [
        {"name": one.name, "uscc": one.uscc, "region": one.region, "role": "AGENT", "valid_until": ends.isoformat()}
    ]
    tokens = await sign_in(small_city)
    company = await subject_named(small_city, tokens.access, COMPANY)
    acting_token = (await send(small_city, ACT_FOR, tokens.access, subjectId=company)).data["actFor"]["tokens"]
    clock.advance(timedelta(minutes=5))
    assert (await small_city.graphql(LEVEL, token=acting_token["accessToken"])).codes == ["SUBJECT_NOT_ALLOWED"]


async def test_a_child_that_signs_in_is_the_same_person_as_the_guardian_knows(small_city: City) -> None:
    """赵六 has no child; 张三's children have no account, and no phone to show."""
    tokens = await sign_in(small_city, "zhaoliu")
    subjects = (await small_city.graphql(SUBJECTS, token=tokens.access)).data["viewer"]["subjects"]
    assert [one["relation"] for one in subjects] == ["SELF"]


async def test_face_lifts_a_session_for_fifteen_minutes(still_city: City, clock: FixedClock) -> None:
    city = still_city
    tokens = await sign_in(city)
    assert await level(city, tokens.access) == "REAL_NAME"
    lifted = (await stepped_up(city, tokens.access, "FACE")).data["completeStepUp"]["tokens"]
    assert lifted["session"]["assurance"] == "FACE"
    assert await level(city, lifted["accessToken"]) == "FACE"
    clock.advance(timedelta(minutes=10))
    later = tokens_of((await refresh(city, tokens.refresh)).data["refreshSession"]["tokens"])
    assert await level(city, later.access) == "FACE"
    clock.advance(STEP_UP_LIFE - timedelta(minutes=10))
    assert await level(city, later.access) == "REAL_NAME"


async def test_a_real_name_proof_lasts_as_long_as_the_session(small_city: City, clock: FixedClock) -> None:
    tokens = await sign_in(small_city, assurance="PHONE")
    lifted = (await stepped_up(small_city, tokens.access, "REAL_NAME")).data["completeStepUp"]["tokens"]
    assert await level(small_city, lifted["accessToken"]) == "REAL_NAME"
    clock.advance(timedelta(days=1))
    later = tokens_of((await refresh(small_city, tokens.refresh)).data["refreshSession"]["tokens"])
    assert await level(small_city, later.access) == "REAL_NAME"


async def test_another_person_cannot_lift_my_session(city: City) -> None:
    tokens = await sign_in(city)
    assert (await stepped_up(city, tokens.access, "FACE", person="lisi")).codes == ["WRONG_PERSON"]
    assert await level(city, tokens.access) == "REAL_NAME"


async def test_a_step_up_belongs_to_the_session_that_began_it(small_city: City) -> None:
    city = small_city
    mine, other = await sign_in(city), await sign_in(city)
    asked = {"redirectUri": f"{city.url}/auth/callback", "level": "FACE"}
    started = (await send(city, START_STEP_UP, mine.access, **asked)).data["startStepUp"]
    back = await authorize(city.http, started["authorizationUrl"], "zhangsan")
    values = {"input": complete_input(back)}
    assert (await city.graphql(COMPLETE_STEP_UP, values, token=other.access)).codes == ["SIGN_IN_EXPIRED"]
    assert "errors" not in (await city.graphql(COMPLETE_STEP_UP, values, token=mine.access)).body
    again = {"input": {**values["input"], "idempotencyKey": new_id()}}
    assert (await city.graphql(COMPLETE_STEP_UP, again, token=mine.access)).codes == ["SIGN_IN_EXPIRED"]


async def test_a_remembered_authentication_is_no_step_up(
    small_city: City, provider: Provider, clock: FixedClock
) -> None:
    tokens = await sign_in(small_city)
    provider.id_token_claims["auth_time"] = int(clock.now().timestamp()) - 120
    assert (await stepped_up(small_city, tokens.access, "FACE")).codes == ["SIGN_IN_REFUSED"]
    assert await level(small_city, tokens.access) == "REAL_NAME"


async def test_a_weaker_proof_than_asked_is_no_step_up(small_city: City, provider: Provider) -> None:
    tokens = await sign_in(small_city)
    provider.id_token_claims["acr"] = "L2"
    assert (await stepped_up(small_city, tokens.access, "FACE")).codes == ["SIGN_IN_REFUSED"]
