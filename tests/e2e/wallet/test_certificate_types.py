"""The certificate types as anybody reads them: in the graph and as JSON Schemas at an address that stays."""

import jsonschema_rs

from certs_schema.registry import registry
from tests.city import City
from tests.sign_in import sign_in

ALL = """{ certificateTypes { code name nameEn holderKind aboutThing issuingAuthority adapter replacesMaterials
  availableSince availableByEndOf2020 nationalTypeCode nationalTypeCodeCertainty schemaPath onePerHolder note
  validity { rule certainty kind months days reviewMonths }
  fields { key label labelEn minimal masked required sensitivity }
  face { description shape colour emblem groups { title titleEn fields } } } }"""
SOME = "query($codes: [String!]) { certificateTypes(codes: $codes) { code } }"
ONE = "query($code: String!) { certificateType(code: $code) { code name availableSinceNote } }"


async def test_anybody_reads_every_type_in_one_question(embedded_city: City) -> None:
    reply = await embedded_city.graphql(ALL)
    types = {one["code"]: one for one in reply.data["certificateTypes"]}
    assert list(types) == sorted(one.type.code for one in registry())
    licence = types["DRV_LIC"]
    assert (licence["name"], licence["nameEn"]) == ("机动车驾驶证", "Motor vehicle driving licence")
    assert (licence["holderKind"], licence["replacesMaterials"]) == ("PERSON", ["机动车驾驶证"])
    assert licence["fields"][2] == {
        "key": "license_no", "label": "证号", "labelEn": "Licence number", "minimal": False, "masked": True,
        "required": True, "sensitivity": "L3",
    }  # fmt: skip
    assert types["VEH_LIC"]["aboutThing"] is True
    assert types["ELDER"]["availableSince"] == "2021-03-01"
    assert types["ID_CARD"]["nationalTypeCode"] is None
    assert types["ID_CARD"]["nationalTypeCodeCertainty"] == "UNKNOWN"
    assert types["BIZ_LIC"]["nationalTypeCode"] == "11100000MB0143028R001"
    assert types["FOOD_LIC"]["validity"]["months"] == 60
    for one in types.values():
        placed = [key for group in one["face"]["groups"] for key in group["fields"]]
        assert sorted(placed) == sorted(field["key"] for field in one["fields"])


async def test_types_are_found_by_code_and_an_unknown_one_is_told(embedded_city: City) -> None:
    some = await embedded_city.graphql(SOME, {"codes": ["MARRIAGE", "BIRTH", "NO_SUCH"]})
    assert [one["code"] for one in some.data["certificateTypes"]] == ["BIRTH", "MARRIAGE"]
    one = (await embedded_city.graphql(ONE, {"code": "VETERAN"})).data["certificateType"]
    assert one["availableSinceNote"].startswith("2021年12月起全国申领(certain)")
    assert (await embedded_city.graphql(ONE, {"code": "NO_SUCH"})).codes == ["UNKNOWN_CERTIFICATE_TYPE"]


async def test_the_types_are_the_same_for_who_is_signed_in_and_may_be_kept(embedded_city: City) -> None:
    tokens = await sign_in(embedded_city)
    assert (await embedded_city.graphql(ALL, {}, tokens.access)).data == (await embedded_city.graphql(ALL)).data
    async with embedded_city.http.get("/graphql", params={"query": SOME}) as answer:
        assert (answer.status, answer.headers["cache-control"]) == (200, "public, no-cache")


async def test_each_schema_is_published_and_accepts_its_example(embedded_city: City) -> None:
    async with embedded_city.http.get("/schemas/certificates/index.json") as answer:
        assert answer.headers["cache-control"] == "public, max-age=3600"
        listed = (await answer.json())["certificateTypes"]
    assert [one["code"] for one in listed] == sorted(one.type.code for one in registry())
    assert listed[0] == {
        "code": "BIRTH", "name": "出生医学证明", "nameEn": "Medical certificate of birth",
        "schema": "/schemas/certificates/BIRTH.json",
    }  # fmt: skip
    for one in listed:
        async with embedded_city.http.get(one["schema"]) as answer:
            assert (answer.status, answer.content_type) == (200, "application/schema+json")
            assert answer.headers["access-control-allow-origin"] == "*"
            etag, schema = answer.headers["etag"], await answer.json(content_type=None)
        jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(
            dict(registry().get(one["code"]).example)
        )
    async with embedded_city.http.get(one["schema"], headers={"if-none-match": etag}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")


async def test_a_schema_of_no_type_is_not_found(embedded_city: City) -> None:
    for name in ("NO_SUCH", "id_card", "..%2Fregistry", "%00", "x" * 3000):
        async with embedded_city.http.get(f"/schemas/certificates/{name}.json") as answer:
            assert answer.status == 404, name
