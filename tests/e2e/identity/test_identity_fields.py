"""Each field as nobody, as the wrong citizen, as the right one."""

from services.kernel.ids import new_id
from tests.city import City
from tests.e2e.identity.operations import (
    ACT_FOR,
    COMPLETE_STEP_UP,
    END,
    END_OTHERS,
    FULL,
    SESSIONS,
    START_STEP_UP,
    SUBJECTS,
    send,
    subject_named,
)
from tests.sign_in import sign_in

MASKED = "{ viewer { person { id name idNumber phone regionCode assurance } } }"


async def test_nobody_sees_nothing_of_a_viewer(embedded_city: City) -> None:
    for query in (MASKED, FULL, SESSIONS, SUBJECTS):
        assert (await embedded_city.graphql(query)).codes == ["UNAUTHENTICATED"]


async def test_nobody_changes_sessions_or_subjects(embedded_city: City) -> None:
    city = embedded_city
    back = f"{city.url}/auth/callback"
    assert (await send(city, END, sessionId="x")).codes in (["UNAUTHENTICATED"], ["NOT_FOUND"])
    assert (await send(city, END_OTHERS)).codes == ["UNAUTHENTICATED"]
    assert (await send(city, ACT_FOR, subjectId="x")).codes in (["UNAUTHENTICATED"], ["NOT_FOUND"])
    assert (await send(city, START_STEP_UP, redirectUri=back, level="FACE")).codes == ["UNAUTHENTICATED"]
    assert (await send(city, COMPLETE_STEP_UP, state="s", code="c")).codes == ["UNAUTHENTICATED"]


async def test_a_citizen_sees_themselves_masked_and_in_full_on_demand(city: City) -> None:
    token = (await sign_in(city, "zhangsan")).access
    person = (await city.graphql(MASKED, token=token)).data["viewer"]["person"]
    assert person["id"]
    assert "371599199001010011" not in str(person)
    assert {name: value for name, value in person.items() if name != "id"} == {
        "name": "张*",
        "idNumber": "371***********0011",
        "phone": "100****0001",
        "regionCode": "371502",
        "assurance": "REAL_NAME",
    }
    full = (await city.graphql(FULL, token=token)).data["viewer"]["person"]
    assert full == {"name": "张三", "idNumber": "371599199001010011", "phone": "10000000001"}


async def test_a_phone_sign_in_is_too_weak_for_full_numbers(embedded_city: City) -> None:
    token = (await sign_in(embedded_city, "zhangsan", "PHONE")).access
    reply = await embedded_city.graphql("{ viewer { person { idNumber(full: true) } } }", token=token)
    assert reply.codes == ["STEP_UP_REQUIRED"]
    assert reply.errors[0]["extensions"]["required"] == "REAL_NAME"
    assert (await embedded_city.graphql(MASKED, token=token)).data["viewer"]["person"]["name"] == "张*"


async def test_a_citizen_sees_whom_they_may_act_for(city: City) -> None:
    zhang, li = await sign_in(city, "zhangsan"), await sign_in(city, "lisi")
    subjects = (await city.graphql(SUBJECTS, token=zhang.access)).data["viewer"]["subjects"]
    assert [(s["kind"], s["relation"], s["name"], s["current"]) for s in subjects] == [
        ("PERSON", "SELF", "张*", True),
        ("PERSON", "GUARDIAN", "张**", False),
        ("PERSON", "GUARDIAN", "张**", False),
        ("COMPANY", "LEGAL_REPRESENTATIVE", "聊城示例商贸有限公司", False),
    ]
    assert {s["validUntil"] for s in subjects[1:3]} == {"2028-09-01T00:00:00+08:00", "2044-03-01T00:00:00+08:00"}
    own = (await city.graphql(SUBJECTS, token=li.access)).data["viewer"]["subjects"]
    assert [(s["relation"], s["name"]) for s in own] == [("SELF", "李*")]


async def test_sessions_tell_devices_apart_and_are_ones_own_only(city: City) -> None:
    first = await sign_in(city, "zhangsan", device="张三的手机")
    second = await sign_in(city, "zhangsan", "FACE", device="平板")
    await sign_in(city, "lisi", device="李四的手机")
    sessions = (await city.graphql(SESSIONS, token=second.access)).data["viewer"]["sessions"]
    assert [(s["device"], s["current"], s["assurance"]) for s in sessions] == [
        ("平板", True, "FACE"),
        ("张三的手机", False, "REAL_NAME"),
    ]
    assert sessions[1]["id"] == first.session_id


async def test_somebody_elses_session_cannot_be_ended_or_read(city: City) -> None:
    zhang, li = await sign_in(city, "zhangsan"), await sign_in(city, "lisi")
    assert (await send(city, END, li.access, sessionId=zhang.session_id)).codes == ["NOT_FOUND"]
    node = "query($id: ID!) { node(id: $id) { id ... on SignInSession { device } } }"
    assert (await city.graphql(node, {"id": zhang.session_id}, token=li.access)).codes == ["NOT_FOUND"]
    assert (await city.graphql(node, {"id": zhang.session_id})).codes == ["UNAUTHENTICATED"]
    own = await city.graphql(node, {"id": zhang.session_id}, token=zhang.access)
    assert own.data["node"]["id"] == zhang.session_id


async def test_nodes_of_persons_and_subjects_are_ones_own_only(embedded_city: City) -> None:
    city = embedded_city
    zhang, li = await sign_in(city, "zhangsan"), await sign_in(city, "lisi")
    person = (await city.graphql(MASKED, token=zhang.access)).data["viewer"]["person"]["id"]
    company = await subject_named(city, zhang.access, "聊城示例商贸有限公司")
    for node_id in (person, company):
        node = "query($id: ID!) { node(id: $id) { id } }"
        assert (await city.graphql(node, {"id": node_id}, token=zhang.access)).data["node"]["id"] == node_id
        assert (await city.graphql(node, {"id": node_id}, token=li.access)).codes == ["NOT_FOUND"]
        assert (await city.graphql(node, {"id": node_id})).codes == ["UNAUTHENTICATED"]


async def test_ended_on_one_device_the_session_is_refused_at_once(city: City) -> None:
    phone, tablet = await sign_in(city, "zhangsan"), await sign_in(city, "zhangsan")
    key = new_id()
    for _ in range(2):
        ended = await send(city, END, tablet.access, sessionId=phone.session_id, idempotencyKey=key)
        assert ended.data["endSession"]["sessionId"] == phone.session_id
    refused = await city.graphql(SESSIONS, token=phone.access)
    assert refused.codes == ["SESSION_ENDED"]
    assert len((await city.graphql(SESSIONS, token=tablet.access)).data["viewer"]["sessions"]) == 1


async def test_all_other_sessions_end_together(city: City) -> None:
    mine = [await sign_in(city, "zhangsan") for _ in range(3)]
    li = await sign_in(city, "lisi")
    assert (await send(city, END_OTHERS, mine[0].access)).data["endOtherSessions"]["endedCount"] == 2
    assert (await city.graphql(SESSIONS, token=mine[1].access)).codes == ["SESSION_ENDED"]
    assert (await city.graphql(SESSIONS, token=mine[2].access)).codes == ["SESSION_ENDED"]
    assert len((await city.graphql(SESSIONS, token=mine[0].access)).data["viewer"]["sessions"]) == 1
    assert len((await city.graphql(SESSIONS, token=li.access)).data["viewer"]["sessions"]) == 1


async def test_a_bad_authorization_header_is_a_bad_token(embedded_city: City) -> None:
    for header in ("Bearer", "Bearer ", "Basic abc", "Bearer a.b.c", "bearer x y", "令牌"):
        sent = {"authorization": header.encode().decode("latin-1")}
        async with embedded_city.http.post("/graphql", json={"query": SESSIONS}, headers=sent) as answer:
            reply = await answer.json(content_type=None)
        assert (header, reply["errors"][0]["extensions"]["code"]) == (header, "TOKEN_INVALID")


async def test_the_published_keys_carry_cache_headers(embedded_city: City) -> None:
    async with embedded_city.http.get("/.well-known/jwks.json") as answer:
        assert answer.status == 200
        assert answer.headers["cache-control"] == "public, max-age=300"
        keys = (await answer.json(content_type=None))["keys"]
    assert [key["kid"].split("-")[0] for key in keys] == ["access", "presentation"]
    async with embedded_city.http.get(
        "/.well-known/jwks.json", headers={"if-none-match": answer.headers["etag"]}
    ) as unchanged:
        assert unchanged.status == 304
    async with embedded_city.http.get("/.well-known/jwks/presentation.json") as pinned:
        assert [key["kid"].split("-")[0] for key in (await pinned.json(content_type=None))["keys"]] == ["presentation"]
