"""Short ways to put a certificate into a demo person's wallet and to ask for it."""

from datetime import date
from typing import Any

from graphql_relay import to_global_id

from certs_schema.registry import registry
from services.kernel.principal import Subject, SubjectKind
from tests.city import City
from tests.sign_in import Tokens

FIELDS = """id typeCode typeName typeNameEn state presentable holderName issuer validFrom validUntil asOf source
  replacesMaterials fields { key label labelEn value masked minimal sensitivity }"""
LIST = f"""query($first: Int, $after: String, $states: [CertificateState!]) {{ viewer {{
  certificates(first: $first, after: $after, states: $states) {{
    totalCount pageInfo {{ hasNextPage endCursor }} edges {{ node {{ {FIELDS} }} }} }} }} }}"""
ONE = f"query($id: ID!) {{ viewer {{ certificate(id: $id) {{ {FIELDS} }} }} }}"
FULL = "query($id: ID!) { viewer { certificate(id: $id) { fields(full: true) { key value masked } } } }"
NODE = "query($id: ID!) { node(id: $id) { id ... on Certificate { typeCode } } }"


async def person_id_of(city: City, tokens: Tokens) -> str:
    """Our own id of who signed in."""
    principal = await city.services.identity.authenticate(tokens.access)
    return str(principal.person_id)


async def give(city: City, tokens: Tokens, type_code: str = "INSURED_PROOF", **claims: Any) -> str:
    """A fresh certificate in the person's wallet; its global id."""
    holder = Subject(SubjectKind.PERSON, await person_id_of(city, tokens))
    made = await city.services.wallet.register(
        holder, type_code, {**registry().get(type_code).example, **claims}, "聊城市医疗保险事业中心",
        date(2026, 11, 23), None, "medical_insurance", city.services.clock.now(),
    )  # fmt: skip
    return str(to_global_id("Certificate", made))
