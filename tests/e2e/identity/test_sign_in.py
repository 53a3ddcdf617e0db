"""Sign-in, end to end, over real sockets."""

from tests.city import City
from tests.sign_in import sign_in


async def test_a_citizen_signs_in_and_sees_themselves_masked(city: City) -> None:
    tokens = await sign_in(city, "zhangsan")
    reply = await city.graphql(
        "{ viewer { person { name idNumber phone regionCode assurance } } }", token=tokens.access
    )
    assert reply.data["viewer"]["person"] == {
        "name": "张*",
        "idNumber": "371***********0011",
        "phone": "100****0001",
        "regionCode": "371502",
        "assurance": "REAL_NAME",
    }
