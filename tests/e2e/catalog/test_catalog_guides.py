"""Guides, lists, search, tables and the change feed over GraphQL: public, so as nobody."""

from datetime import UTC, datetime

from services.kernel.clock import FixedClock
from tests.city import City, running_city

GUIDE = """query($code: String!) { serviceItem(code: $code) {
    id code name kind depth onPhone immediate department { code name } subjects themes { name }
    lifeEvents { name } time { legalDays legalUnit promisedWorkingDays legalCertainty }
    fee { charged certainty } materials { name source certificateType replacedBy necessity }
    resultCertificateType baseCode relatedItems { code } faq { question answer } process { name actor }
    handledBy(region: "371524") { name level certainty region { name } } } }"""

PAGE = """query($first: Int, $after: String, $filter: ServiceItemFilter) {
    serviceItems(first: $first, after: $after, filter: $filter) {
        totalCount pageInfo { hasNextPage endCursor } edges { cursor node { code } } } }"""


async def test_anybody_reads_one_guide_whole(embedded_city: City) -> None:
    item = (await embedded_city.graphql(GUIDE, {"code": "YB-010"})).data["serviceItem"]
    assert (item["code"], item["name"]) == ("YB-010", "出具《参保凭证》")
    assert (item["kind"], item["depth"], item["onPhone"]) == ("PUBLIC_SERVICE", "FULLY_ONLINE", True)
    assert item["department"] == {"code": "YBJ", "name": "聊城市医疗保障局"}
    assert item["handledBy"] == {
        "name": "东阿县医疗保障局",
        "level": "COUNTY",
        "certainty": "ASSUMED",
        "region": {"name": "东阿县"},
    }
    assert [one["code"] for one in item["relatedItems"]] == ["YB-012", "YB-011", "YB-044"]
    assert item["materials"][0] == {
        "name": "居民身份证",
        "source": "CERTIFICATE",
        "certificateType": "ID_CARD",
        "replacedBy": "用卡包中的电子证照《居民身份证》代替，免交原件和复印件",
        "necessity": "CORE",
    }
    assert item["time"]["legalUnit"] == "WORKING_DAY"
    node = await embedded_city.graphql(
        "query($id: ID!) { node(id: $id) { id ... on ServiceItem { code } } }", {"id": item["id"]}
    )
    assert node.data["node"] == {"id": item["id"], "code": "YB-010"}


async def test_bad_questions_get_their_documented_codes(embedded_city: City) -> None:
    ask = embedded_city.graphql
    assert (await ask(GUIDE, {"code": "XX-999"})).codes == ["ITEM_NOT_FOUND"]
    assert (await ask(GUIDE, {"code": "Y" * 5000})).codes == ["ITEM_NOT_FOUND"]
    region = await ask('{ serviceItem(code: "YB-010") { handledBy(region: "110000") { name } } }')
    assert region.codes == ["UNKNOWN_REGION"]
    assert region.errors[0]["extensions"]["field"] == "region"
    assert (await ask(PAGE, {"filter": {"region": "nowhere"}})).codes == ["UNKNOWN_REGION"]
    assert (await ask(PAGE, {"first": 0})).codes == ["INVALID_INPUT"]
    assert (await ask(PAGE, {"first": 301})).codes == ["INVALID_INPUT"]
    assert (await ask(PAGE, {"after": "%%%"})).codes == ["INVALID_INPUT"]
    assert (await ask(PAGE, {"after": "WFgtOTk5"})).codes == ["INVALID_INPUT"]
    assert (await ask(PAGE, {"filter": {"depth": "SOMEWHAT"}})).codes == ["INVALID_VARIABLES"]
    assert (await ask("{ guideChanges(since: -1) { latestVersion } }")).codes == ["INVALID_INPUT"]
    assert (await ask('{ searchServiceItems(text: "x", first: 0) { totalCount } }')).codes == ["INVALID_INPUT"]


async def test_pages_follow_each_other_without_gaps_and_filters_narrow_them(embedded_city: City) -> None:
    seen: list[str] = []
    after = None
    while True:
        page = (await embedded_city.graphql(PAGE, {"first": 100, "after": after})).data["serviceItems"]
        assert page["totalCount"] == 506
        seen += [edge["node"]["code"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == sorted(set(seen))
    assert len(seen) == 506
    for given, total in (
        ({"handheldOnly": True}, 497),
        ({"department": "YBJ"}, 47),
        ({"lifeEvent": "医保转移一件事"}, 4),
        ({"subject": "COMPANY"}, 207),
        ({"depth": "QUERY"}, 118),
        ({"theme": "没有的主题"}, 0),
        ({"theme": None}, 506),
        ({"department": "YBJ", "depth": "FULLY_ONLINE", "onPhone": True}, 26),
    ):
        reply = await embedded_city.graphql(PAGE, {"filter": given})
        assert reply.data["serviceItems"]["totalCount"] == total, given
    searched = await embedded_city.graphql(PAGE, {"filter": {"query": "医保转出", "department": "YBJ"}})
    assert searched.data["serviceItems"]["edges"][0]["node"]["code"] == "YB-012"


async def test_240_items_with_materials_come_in_one_answer_within_the_cost_limit(embedded_city: City) -> None:
    query = """{ serviceItems(first: 240) { totalCount edges { node { code name
        materials { name source certificateType necessity } } } } }"""
    reply = await embedded_city.graphql(query)
    assert len(reply.data["serviceItems"]["edges"]) == 240
    etag = reply.headers["ETag"]
    async with embedded_city.http.get("/graphql", params={"query": query}, headers={"if-none-match": etag}) as again:
        assert again.status == 304


async def test_search_tells_why_and_suggests_when_nothing_is_found(embedded_city: City) -> None:
    query = """query($text: String!) { searchServiceItems(text: $text, first: 3) { totalCount suggestions
        hits { item { code } reason matched highlights { start length } score } } }"""
    found = (await embedded_city.graphql(query, {"text": "ybpz"})).data["searchServiceItems"]
    assert found["hits"][0]["item"]["code"] == "YB-010"
    assert (found["hits"][0]["reason"], found["hits"][0]["matched"]) == ("INITIALS", "医保凭证")
    assert found["hits"][0]["highlights"] == [{"start": 0, "length": 4}]
    nothing = (await embedded_city.graphql(query, {"text": "qqqqzzzz"})).data["searchServiceItems"]
    assert (nothing["hits"], nothing["totalCount"]) == ([], 0)
    assert (await embedded_city.graphql(query, {"text": ""})).data["searchServiceItems"]["hits"] == []


async def test_tables_come_with_counts_and_regions_as_a_tree(embedded_city: City) -> None:
    reply = await embedded_city.graphql(
        """{ themes { id name group itemsCount } departments { id code itemsCount usccCertainty }
        lifeEvents { name itemsCount items { code } }
        regions { code children { code children { id code name kind replacedBy { code } } } }
        serviceItems(first: 1, filter: {theme: "医疗保障"}) { facets {
            themes { theme { name } count } departments { department { code } count } } } }"""
    )
    data = reply.data
    assert {t["name"]: t["itemsCount"] for t in data["themes"]}["医疗保障"] == 47
    assert {d["code"]: d["itemsCount"] for d in data["departments"]}["YBJ"] == 47
    assert {d["usccCertainty"] for d in data["departments"]} == {"ASSUMED"}
    events = {e["name"]: e for e in data["lifeEvents"]}
    assert [i["code"] for i in events["医保转移一件事"]["items"]] == ["YB-010", "YB-012", "YB-011", "YB-044"]
    assert data["regions"][0]["code"] == "370000"
    counties = {r["code"]: r for r in data["regions"][0]["children"][0]["children"]}
    assert counties["371523"]["replacedBy"] == {"code": "371503"}
    assert counties["371524"]["name"] == "东阿县"
    facets = data["serviceItems"]["facets"]
    assert len(facets["themes"]) > 40
    assert sum(one["count"] for one in facets["departments"]) == 47
    ids = [data["themes"][0]["id"], data["departments"][0]["id"], counties["371524"]["id"]]
    for one in ids:
        node = await embedded_city.graphql("query($id: ID!) { node(id: $id) { id } }", {"id": one})
        assert node.data["node"] == {"id": one}


async def test_the_change_feed_tells_everything_once_from_the_beginning(city: City) -> None:
    query = """query($since: Int!) { catalogVersion guideChanges(since: $since, first: 100) {
        latestVersion hasMore changes { version kind part itemCode item { name } } } }"""
    seen: list[str] = []
    since, more = 0, True
    while more:
        data = (await city.graphql(query, {"since": since})).data
        feed = data["guideChanges"]
        seen += [change["itemCode"] for change in feed["changes"] if change["part"] == "ITEM"]
        assert all(change["kind"] == "ADDED" for change in feed["changes"])
        since, more = feed["latestVersion"], feed["hasMore"]
    assert len(seen) == len(set(seen)) == 506
    assert since == data["catalogVersion"] == 506 + 4
    assert (await city.graphql(query, {"since": since})).data["guideChanges"]["changes"] == []


async def test_an_item_is_switched_on_by_its_month_and_the_feed_tells(sqlite_url: str) -> None:
    clock = FixedClock(datetime(2022, 11, 30, 15, 59, tzinfo=UTC))  # 23:59 in China
    async with running_city(sqlite_url, clock=clock) as city:
        assert (await city.graphql(GUIDE, {"code": "YB-041"})).codes == ["ITEM_NOT_FOUND"]
        before = (await city.graphql("{ catalogVersion serviceItems { totalCount } }")).data
        clock.advance(datetime(2022, 11, 30, 16, tzinfo=UTC) - clock.now())
        assert (await city.graphql(GUIDE, {"code": "YB-041"})).data["serviceItem"]["code"] == "YB-041"
        after = (await city.graphql("{ catalogVersion serviceItems { totalCount } }")).data
        assert after["serviceItems"]["totalCount"] == before["serviceItems"]["totalCount"] + 1
        feed = await city.graphql(
            "query($v: Int!) { guideChanges(since: $v) { changes { version kind itemCode } } }",
            {"v": before["catalogVersion"]},
        )
        assert feed.data["guideChanges"]["changes"] == [
            {"version": after["catalogVersion"], "kind": "ADDED", "itemCode": "YB-041"}
        ]


async def test_the_catalogue_is_the_same_for_everybody_even_with_a_bad_token(embedded_city: City) -> None:
    for field in ("serviceItems { totalCount }", "themes { name }", "catalogVersion"):
        nobody = await embedded_city.graphql(f"{{ {field} }}")
        assert nobody.data == (await embedded_city.graphql(f"{{ {field} }}", token="bad")).data
