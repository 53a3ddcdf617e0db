"""Sign-in, step-up, sessions, and whom one acts for."""

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from gateway.context import context_of, principal_of
from gateway.relay import IdempotentInput
from gateway.schema.identity.types import AssuranceLevel, SessionTokens, node_id_of, subject_of
from services.identity.sign_in import Caller
from services.kernel.principal import Assurance

_REDIRECT = "登录后返回的地址，须在允许名单内、逐字一致。On the allow-list, compared exactly."


def _caller(info: GraphQLResolveInfo) -> Caller:
    return Caller(context_of(info).client_ip)


class StartSignInInput(IdempotentInput, graphene.InputObjectType):
    """发起登录。Where to return to, on which device, how strongly."""

    redirect_uri = graphene.String(required=True, description=_REDIRECT)
    device = graphene.String(
        required=True, description="设备名称，1–100 个字符，显示在“登录设备”里。Shown in the list of sessions."
    )
    assurance = graphene.Field(
        AssuranceLevel,
        default_value=Assurance.REAL_NAME,
        description="至少要达到的级别，默认 L2。The least level, L2 by default.",
    )
    code_challenge = graphene.String(
        description="应用自己的 PKCE 挑战（S256），建议带上：返回地址被截获也无法冒用。The app's own challenge."
    )


class CompleteStepUpInput(IdempotentInput, graphene.InputObjectType):
    """完成认证。What the identity provider's redirect brought."""

    state = graphene.String(required=True, description="返回地址里的 state，用一次，十分钟内有效。Single use.")
    code = graphene.String(required=True, description="返回地址里的 code。The authorization code.")
    iss = graphene.String(description="返回地址里的 iss（RFC 9207），有就带上。Issuer, where the redirect had one.")


class CompleteSignInInput(CompleteStepUpInput):
    """完成登录。What the identity provider's redirect brought."""

    code_verifier = graphene.String(description="codeChallenge 对应的原文，发起时带了就必须带。Its verifier.")


class RefreshSessionInput(IdempotentInput, graphene.InputObjectType):
    """刷新登录。The refresh token at hand."""

    refresh_token = graphene.String(required=True, description="手里的刷新令牌，用后即废。Used up by this call.")


class EndSessionInput(IdempotentInput, graphene.InputObjectType):
    """退出一台设备。Which session."""

    session_id = graphene.ID(required=True, description="SignInSession 的编号。Global id of the session.")


class EndOtherSessionsInput(IdempotentInput, graphene.InputObjectType):
    """退出其他设备。Nothing but the key."""


class StartStepUpInput(IdempotentInput, graphene.InputObjectType):
    """发起更高级别的认证。Which level."""

    redirect_uri = graphene.String(required=True, description=_REDIRECT)
    level = graphene.Field(AssuranceLevel, required=True, description="要达到的级别。The level asked for.")


class ActForInput(IdempotentInput, graphene.InputObjectType):
    """切换办事主体。For whom."""

    subject_id = graphene.ID(required=True, description="viewer.subjects 里的编号。Global id of an ActingSubject.")


class AuthorizationPayload(graphene.ObjectType):
    """去统一身份认证的地址。Where to send the citizen."""

    authorization_url = graphene.String(
        required=True, description="在浏览器里打开。Open in the system browser (RFC 8252)."
    )
    state = graphene.String(required=True, description="返回时比对。Compare it with the one that comes back.")


class TokensPayload(graphene.ObjectType):
    """新的登录凭据。New tokens."""

    tokens = graphene.Field(SessionTokens, required=True, description="登录凭据。The tokens.")


class EndSessionPayload(graphene.ObjectType):
    """退出的结果。What ended."""

    session_id = graphene.ID(required=True, description="已退出的登录。The ended session.")


class EndOtherSessionsPayload(graphene.ObjectType):
    """退出的结果。How many ended."""

    ended_count = graphene.Int(required=True, description="退出了几台设备。How many sessions ended.")


def _authorization(started: tuple[str, str]) -> AuthorizationPayload:
    return AuthorizationPayload(authorization_url=started[0], state=started[1])


class StartSignIn(graphene.Mutation):
    """发起登录，得到统一身份认证的地址。Starts sign-in by the provincial identity provider."""

    class Arguments:
        input = StartSignInInput(required=True, description="输入。")

    Output = graphene.NonNull(AuthorizationPayload)

    @staticmethod
    async def mutate(root: None, info: GraphQLResolveInfo, input: Any) -> AuthorizationPayload:
        return _authorization(
            await context_of(info).services.identity.sign_in.start(
                _caller(info),
                input.redirect_uri,
                input.device,
                Assurance(input.assurance or Assurance.REAL_NAME),  # an explicit null means the default too
                input.idempotency_key,
                input.get("code_challenge"),
            )
        )


class CompleteSignIn(graphene.Mutation):
    """完成登录，得到登录凭据。Finishes sign-in; a repeat with the same key gets the same session."""

    class Arguments:
        input = CompleteSignInInput(required=True, description="输入。")

    Output = graphene.NonNull(TokensPayload)

    @staticmethod
    async def mutate(root: None, info: GraphQLResolveInfo, input: Any) -> TokensPayload:
        sign_in = context_of(info).services.identity.sign_in
        tokens = await sign_in.complete(
            _caller(info), input.state, input.code, input.get("iss"), input.idempotency_key, input.get("code_verifier")
        )
        return TokensPayload(tokens=tokens)


class RefreshSession(graphene.Mutation):
    """用刷新令牌换新的凭据；旧的再用一次，整个登录即退出。Rotates the refresh token; reuse ends the session."""

    class Arguments:
        input = RefreshSessionInput(required=True, description="输入。")

    Output = graphene.NonNull(TokensPayload)

    @staticmethod
    async def mutate(root: None, info: GraphQLResolveInfo, input: Any) -> TokensPayload:
        sessions = context_of(info).services.identity.sessions
        return TokensPayload(tokens=await sessions.refresh(input.refresh_token, input.idempotency_key))


class StartStepUp(graphene.Mutation):
    """发起更高级别的认证。Starts a stronger, fresh authentication of the same person."""

    class Arguments:
        input = StartStepUpInput(required=True, description="输入。")

    Output = graphene.NonNull(AuthorizationPayload)

    @staticmethod
    async def mutate(root: None, info: GraphQLResolveInfo, input: Any) -> AuthorizationPayload:
        return _authorization(
            await context_of(info).services.identity.sign_in.start_step_up(
                principal_of(info), input.redirect_uri, Assurance(input.level), input.idempotency_key
            )
        )


class CompleteStepUp(graphene.Mutation):
    """完成更高级别的认证：人脸识别 15 分钟内有效。Raises the session's level; L3 for 15 minutes."""

    class Arguments:
        input = CompleteStepUpInput(required=True, description="输入。")

    Output = graphene.NonNull(TokensPayload)

    @staticmethod
    async def mutate(root: None, info: GraphQLResolveInfo, input: Any) -> TokensPayload:
        sign_in = context_of(info).services.identity.sign_in
        tokens = await sign_in.complete_step_up(
            principal_of(info), input.state, input.code, input.get("iss"), input.idempotency_key
        )
        return TokensPayload(tokens=tokens)


class EndSession(graphene.Mutation):
    """退出一台设备，立即生效。Ends one of one's own sessions, at once."""

    class Arguments:
        input = EndSessionInput(required=True, description="输入。")

    Output = graphene.NonNull(EndSessionPayload)

    @staticmethod
    async def mutate(root: None, info: GraphQLResolveInfo, input: Any) -> EndSessionPayload:
        session_id = node_id_of(input.session_id, "SignInSession")
        sessions = context_of(info).services.identity.sessions
        await sessions.end(principal_of(info), session_id, input.idempotency_key)
        return EndSessionPayload(session_id=input.session_id)


class EndOtherSessions(graphene.Mutation):
    """退出其他所有设备。Ends all of one's sessions but this one."""

    class Arguments:
        input = EndOtherSessionsInput(required=True, description="输入。")

    Output = graphene.NonNull(EndOtherSessionsPayload)

    @staticmethod
    async def mutate(root: None, info: GraphQLResolveInfo, input: Any) -> EndOtherSessionsPayload:
        sessions = context_of(info).services.identity.sessions
        return EndOtherSessionsPayload(ended_count=await sessions.end_others(principal_of(info), input.idempotency_key))


class ActFor(graphene.Mutation):
    """以另一主体的名义办理，得到新的访问令牌。Goes on in the name of another subject: a new access token."""

    class Arguments:
        input = ActForInput(required=True, description="输入。")

    Output = graphene.NonNull(TokensPayload)

    @staticmethod
    async def mutate(root: None, info: GraphQLResolveInfo, input: Any) -> TokensPayload:
        principal = principal_of(info)
        sessions = context_of(info).services.identity.sessions
        return TokensPayload(
            tokens=await sessions.act_for(principal, subject_of(input.subject_id), input.idempotency_key)
        )


class IdentityMutations:
    """Mutations of sign-in and sessions."""

    start_sign_in = StartSignIn.Field()
    complete_sign_in = CompleteSignIn.Field()
    refresh_session = RefreshSession.Field()
    start_step_up = StartStepUp.Field()
    complete_step_up = CompleteStepUp.Field()
    end_session = EndSession.Field()
    end_other_sessions = EndOtherSessions.Field()
    act_for = ActFor.Field()
