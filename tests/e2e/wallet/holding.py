"""Short ways to put a certificate into a demo person's wallet and to ask for it."""

from datetime import date
from typing import Any

from graphql_relay import to_global_id

from certs_schema.core import HolderKind
from certs_schema.registry import registry
from services.kernel.ids import new_id
from tests.city import City
from tests.sign_in import Tokens, sign_in

FIELDS = """id typeCode typeName typeNameEn state presentable holderName issuer validFrom validUntil asOf source
  replacesMaterials fields { key label labelEn value masked minimal sensitivity }"""
LIST = f"""query($first: Int, $after: String, $states: [CertificateState!]) {{ viewer {{
  certificates(first: $first, after: $after, states: $states) {{
    totalCount pageInfo {{ hasNextPage endCursor }} edges {{ node {{ {FIELDS} }} }} }} }} }}"""
ONE = f"query($id: ID!) {{ viewer {{ certificate(id: $id) {{ {FIELDS} }} }} }}"
FULL = "query($id: ID!) { viewer { certificate(id: $id) { fields(full: true) { key value masked } } } }"
COMPANIES = "{ viewer { subjects { id kind } } }"
ACT_FOR = """mutation($input: ActForInput!) { actFor(input: $input) {
  tokens { accessToken refreshToken subject } } }"""
NODE = "query($id: ID!) { node(id: $id) { id ... on Certificate { typeCode } } }"


async def person_id_of(city: City, tokens: Tokens) -> str:
    """Our own id of who signed in."""
    principal = await city.services.identity.authenticate(tokens.access)
    return str(principal.person_id)


async def holder_of(city: City, kind: HolderKind) -> Tokens:
    """Tokens of a holder of this kind: 张三, or 张三 for the demo company."""
    tokens = await sign_in(city, "zhangsan")
    if kind is not HolderKind.COMPANY:
        return tokens
    company = (await city.graphql(COMPANIES, {}, tokens.access)).data["viewer"]["subjects"]
    subject = next(one["id"] for one in company if one["kind"] == "COMPANY")
    given = {"subjectId": subject, "idempotencyKey": new_id()}
    acting = (await city.graphql(ACT_FOR, {"input": given}, tokens.access)).data["actFor"]["tokens"]
    return Tokens(acting["accessToken"], acting["refreshToken"], tokens.session_id, acting["subject"])


async def give(city: City, tokens: Tokens, type_code: str = "INSURED_PROOF", **claims: Any) -> str:
    """A fresh certificate in the wallet of whom the tokens act for; its global id."""
    holder = (await city.services.identity.authenticate(tokens.access)).subject
    made = await city.services.wallet.register(
        holder, type_code, {**registry().get(type_code).example, **claims}, "聊城市医疗保险事业中心",
        date(2026, 11, 23), None, "medical_insurance", city.services.clock.now(),
    )  # fmt: skip
    return str(to_global_id("Certificate", made))
