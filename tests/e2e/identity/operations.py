"""What an app sends, and short ways to send it."""

from typing import Any

from services.kernel.ids import new_id
from tests.city import City, GraphQLReply
from tests.sign_in import COMPLETE, START, TOKENS, Returned, authorize, complete_input

REFRESH = f"mutation($input: RefreshSessionInput!) {{ refreshSession(input: $input) {{ {TOKENS} }} }}"
END = "mutation($input: EndSessionInput!) { endSession(input: $input) { sessionId } }"
END_OTHERS = "mutation($input: EndOtherSessionsInput!) { endOtherSessions(input: $input) { endedCount } }"
START_STEP_UP = "mutation($input: StartStepUpInput!) { startStepUp(input: $input) { authorizationUrl state } }"
COMPLETE_STEP_UP = f"mutation($input: CompleteStepUpInput!) {{ completeStepUp(input: $input) {{ {TOKENS} }} }}"
ACT_FOR = f"mutation($input: ActForInput!) {{ actFor(input: $input) {{ {TOKENS} }} }}"
SESSIONS = "{ viewer { sessions { id device current assurance createdAt lastUsedAt expiresAt } } }"
SUBJECTS = "{ viewer { subjects { id kind relation name validUntil current } } }"
LEVEL = "{ viewer { person { assurance } } }"
FULL = "{ viewer { person { name(full: true) idNumber(full: true) phone(full: true) } } }"

__all__ = ["COMPLETE", "START"]


async def send(city: City, query: str, token: str | None = None, **values: Any) -> GraphQLReply:
    """One mutation; a fresh idempotency key unless one is given."""
    return await city.graphql(query, {"input": {"idempotencyKey": new_id(), **values}}, token=token)


async def refresh(city: City, refresh_token: str, key: str | None = None) -> GraphQLReply:
    return await send(city, REFRESH, refreshToken=refresh_token, idempotencyKey=key or new_id())


async def returned(city: City, person: str = "zhangsan", assurance: str = "REAL_NAME", **values: Any) -> Returned:
    """A sign-in that stands right before `completeSignIn`."""
    asked = {
        "redirectUri": f"{city.url}/auth/callback",
        "device": f"手机 {new_id()[-6:]}",
        "assurance": assurance,
        **values,
    }
    started = (await send(city, START, **asked)).data["startSignIn"]
    return await authorize(city.http, started["authorizationUrl"], person)


async def complete(city: City, back: Returned, **values: Any) -> GraphQLReply:
    return await city.graphql(COMPLETE, {"input": complete_input(back, **values)})


async def stepped_up(city: City, token: str, level: str, person: str = "zhangsan") -> GraphQLReply:
    """Start a step-up, be `person` at the provider, complete it."""
    asked = {"redirectUri": f"{city.url}/auth/callback", "level": level}
    started = (await send(city, START_STEP_UP, token, **asked)).data["startStepUp"]
    back = await authorize(city.http, started["authorizationUrl"], person)
    return await city.graphql(COMPLETE_STEP_UP, {"input": complete_input(back)}, token=token)


async def subject_named(city: City, token: str, name: str) -> str:
    """The global id of one of the viewer's subjects."""
    subjects = (await city.graphql(SUBJECTS, token=token)).data["viewer"]["subjects"]
    found: str = next(one["id"] for one in subjects if one["name"] == name)
    return found
