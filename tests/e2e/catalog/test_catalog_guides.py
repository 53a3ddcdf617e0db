"""Guides, lists and tables over GraphQL, as nobody."""

from tests.city import City


async def test_anybody_reads_one_guide_whole(embedded_city: City) -> None:
    reply = await embedded_city.graphql(
        """query($code: String!) { serviceItem(code: $code) {
            id code name kind depth onPhone immediate department { code name } subjects themes { name }
            lifeEvents { name } time { legalDays legalUnit promisedWorkingDays legalCertainty }
            fee { charged certainty } materials { name source certificateType replacedBy necessity }
            resultCertificateType baseCode relatedItems { code }
            handledBy(region: "371524") { name level certainty region { name } } } }""",
        {"code": "YB-010"},
    )
    item = reply.data["serviceItem"]
    assert (item["code"], item["name"]) == ("YB-010", "出具《参保凭证》")
    assert item["kind"] == "PUBLIC_SERVICE"
    assert item["depth"] == "FULLY_ONLINE"
    assert item["department"] == {"code": "YBJ", "name": "聊城市医疗保障局"}
    assert item["handledBy"] == {
        "name": "东阿县医疗保障局",
        "level": "COUNTY",
        "certainty": "ASSUMED",
        "region": {"name": "东阿县"},
    }
    assert [one["code"] for one in item["relatedItems"]] == ["YB-012", "YB-011", "YB-044"]
    assert item["materials"][0]["certificateType"] == "ID_CARD"
