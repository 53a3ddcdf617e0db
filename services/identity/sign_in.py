"""Sign-in and step-up through the provincial identity provider: OIDC code flow with PKCE.

State, nonce and the PKCE verifier stay here, sealed; the app holds only the state, which works once and
for ten minutes. The provider is asked between two transactions, never inside one.
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from services.identity.errors import (
    RedirectNotAllowed,
    SignInExpired,
    SignInRefused,
    TooManySignIns,
    WrongPerson,
)
from services.identity.model import (
    CLOCK_SKEW,
    SIGN_IN_LIFE,
    STEP_UP_LIFE,
    PendingSignIn,
    ProvenIdentity,
    SignInPurpose,
    Tokens,
)
from services.identity.ports import (
    AuthorizationRequest,
    CodeExchange,
    IdentityProvider,
    PeopleStore,
    SessionStore,
    SignInStore,
)
from services.identity.sessions import Sessions, hash_of
from services.kernel.clock import Clock
from services.kernel.errors import InvalidInput, Unavailable
from services.kernel.fast_state import FastState
from services.kernel.principal import Assurance, Principal
from services.kernel.unit_of_work import Idempotency, Json

MAX_DEVICE = 100
MAX_SECRET = 512
"""Longest state or code that is looked at."""
PER_DEVICE = 10
WINDOW = timedelta(minutes=10)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class SignInRules:
    """What a deployment decides."""

    redirect_uris: frozenset[str]
    per_address: int = 300
    """Sign-ins started, and as many completed, from one network address in ten minutes. Many citizens share an
    address behind a mobile carrier."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request comes from; only for throttling, never stored or logged."""

    address: str


class SignIn:
    """Both ways through the provider: to a new session, or to a stronger one."""

    def __init__(
        self,
        provider: IdentityProvider,
        store: SignInStore,
        people: PeopleStore,
        sessions: Sessions,
        session_store: SessionStore,
        fast_state: FastState,
        idempotency: Idempotency,
        clock: Clock,
        rules: SignInRules,
    ) -> None:
        self._provider = provider
        self._store = store
        self._people = people
        self._sessions = sessions
        self._session_store = session_store
        self._fast_state = fast_state
        self._idempotency = idempotency
        self._clock = clock
        self._rules = rules

    async def start(
        self,
        caller: Caller,
        redirect_uri: str,
        device: str,
        assurance: Assurance,
        idempotency_key: str,
        app_challenge: str | None = None,
    ) -> tuple[str, str]:
        """Where to send the citizen, and the state that comes back.

        `app_challenge` is the S256 challenge of a secret that the app keeps: then a stolen redirect alone
        does not complete the sign-in.

        Raises `RedirectNotAllowed`, `InvalidInput`, `TooManySignIns`, `DepartmentDown`.
        """
        device = device.strip()
        if not device or len(device) > MAX_DEVICE:
            raise InvalidInput(f"设备名称须为 1 至 {MAX_DEVICE} 个字符。", field="input.device")
        if app_challenge is not None and not _CHALLENGE.fullmatch(app_challenge):
            raise InvalidInput("codeChallenge 须为 S256 摘要的 43 个字符。", field="input.codeChallenge")
        self._allow_redirect(redirect_uri)
        await self._throttle("start", caller, device)
        scope = f"identity.startSignIn:{hash_of(caller.address + chr(0) + device)}"
        return await self._begin(
            SignInPurpose.SIGN_IN, scope, redirect_uri, device, assurance, None, idempotency_key, app_challenge
        )

    async def complete(
        self,
        caller: Caller,
        state: str,
        code: str,
        issuer: str | None,
        idempotency_key: str,
        app_verifier: str | None = None,
    ) -> Tokens:
        """The session that this sign-in opens. A repeat with the same key gets the first session again.

        Raises `SignInExpired`, `SignInRefused`, `IdentityNotProven`, `TooManySignIns`, `DepartmentDown`.
        """
        await self._throttle("complete", caller, None)
        pending, proven = await self._prove(
            SignInPurpose.SIGN_IN, None, state, code, issuer, idempotency_key, app_verifier
        )

        async def run() -> Json:
            if proven is None:
                raise SignInExpired()
            person_id = await self._people.save_person(proven, self._clock.now())
            session_id, refresh_token = await self._sessions.open(person_id, proven, pending.device)
            return {"session": session_id, "refresh_token": refresh_token}

        answer = await self._idempotency.once(f"identity.completeSignIn:{pending.state_hash}", idempotency_key, {}, run)
        return await self._sessions.tokens_for(answer["session"], answer["refresh_token"])

    async def start_step_up(
        self, principal: Principal, redirect_uri: str, level: Assurance, idempotency_key: str
    ) -> tuple[str, str]:
        """Where to send the citizen to prove themselves at `level`, freshly. Raises like `start`."""
        self._allow_redirect(redirect_uri)
        wait = await self._fast_state.hit(f"identity.step_up:{principal.person_id}", PER_DEVICE, WINDOW)
        if wait is not None:
            raise TooManySignIns(retryAfterSeconds=int(wait) + 1)
        return await self._begin(
            SignInPurpose.STEP_UP,
            f"identity.startStepUp:{principal.person_id}",
            redirect_uri,
            "",
            level,
            principal.session_id,
            idempotency_key,
        )

    async def complete_step_up(
        self, principal: Principal, state: str, code: str, issuer: str | None, idempotency_key: str
    ) -> Tokens:
        """The same session, proven more strongly: real name for its whole life, face for 15 minutes.

        Raises `SignInExpired` for another session's state, `WrongPerson`, `SignInRefused`, `DepartmentDown`.
        """
        pending, proven = await self._prove(
            SignInPurpose.STEP_UP, principal.session_id, state, code, issuer, idempotency_key
        )

        async def run() -> Json:
            if proven is None:
                raise SignInExpired()
            now = self._clock.now()
            person_id = await self._people.save_person(proven, now)
            if person_id != principal.person_id:
                raise WrongPerson()
            session = await self._session_store.get(principal.session_id)
            if session is None:
                raise SignInExpired()
            lasting = max(session.assurance, min(proven.assurance, Assurance.REAL_NAME))
            face = proven.assurance is Assurance.FACE and session.assurance is not Assurance.FACE
            await self._session_store.raise_assurance(
                session.id,
                lasting,
                Assurance.FACE if face else session.step_up,
                now + STEP_UP_LIFE if face else session.step_up_until,
            )
            return None

        await self._idempotency.once(f"identity.completeStepUp:{pending.state_hash}", idempotency_key, {}, run)
        return await self._sessions.tokens_for(principal.session_id, None, principal.subject)

    async def _begin(
        self,
        purpose: SignInPurpose,
        scope: str,
        redirect_uri: str,
        device: str,
        assurance: Assurance,
        session_id: str | None,
        idempotency_key: str,
        app_challenge: str | None = None,
    ) -> tuple[str, str]:
        now = self._clock.now()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        url = await self._provider.authorization_url(
            AuthorizationRequest(
                state=state,
                nonce=nonce,
                code_challenge=_s256(verifier),
                redirect_uri=redirect_uri,
                assurance=assurance,
                fresh=purpose is SignInPurpose.STEP_UP,
            )
        )
        pending = PendingSignIn(
            state_hash=hash_of(state),
            purpose=purpose,
            nonce=nonce,
            verifier=verifier,
            redirect_uri=redirect_uri,
            device=device,
            assurance=assurance,
            session_id=session_id,
            started_at=now,
            expires_at=now + SIGN_IN_LIFE,
            app_challenge=app_challenge,
        )

        async def run() -> Json:
            await self._store.begin(pending)
            return {"url": url, "state": state}

        command = {"redirect": redirect_uri, "device": device, "assurance": int(assurance), "session": session_id}
        command["challenge"] = app_challenge
        answer = await self._idempotency.once(scope, idempotency_key, command, run)
        return answer["url"], answer["state"]

    async def _prove(
        self,
        purpose: SignInPurpose,
        session_id: str | None,
        state: str,
        code: str,
        issuer: str | None,
        idempotency_key: str,
        app_verifier: str | None = None,
    ) -> tuple[PendingSignIn, ProvenIdentity | None]:
        """Take the state and ask the provider; None instead of a proof when this key did so before."""
        if not 0 < len(state) <= MAX_SECRET or not 0 < len(code) <= MAX_SECRET:
            raise SignInExpired()
        key_hash = f"{hash_of(idempotency_key)[:32]}{hash_of(code)[:32]}"
        earlier = await self._store.peek(hash_of(state))
        if earlier is None or earlier.purpose is not purpose or earlier.session_id != session_id:
            raise SignInExpired()
        if self._clock.now() >= earlier.expires_at:
            raise SignInExpired()
        if earlier.app_challenge is not None and _s256(app_verifier or "") != earlier.app_challenge:
            raise SignInExpired()
        if earlier.claimed_by == key_hash:
            return earlier, None
        pending = await self._store.claim(earlier.state_hash, key_hash)
        if pending is None:
            raise SignInExpired()
        if issuer is not None and issuer != await self._provider.issuer():
            raise SignInRefused()
        fresh_since = pending.started_at - CLOCK_SKEW if purpose is SignInPurpose.STEP_UP else None
        try:
            proven = await self._provider.exchange(
                CodeExchange(code, pending.verifier, pending.nonce, pending.redirect_uri, fresh_since)
            )
        except Unavailable:
            await self._store.release(pending.state_hash, key_hash)
            raise
        if proven.assurance < pending.assurance:
            raise SignInRefused()
        return pending, proven

    def _allow_redirect(self, redirect_uri: str) -> None:
        if redirect_uri not in self._rules.redirect_uris:
            raise RedirectNotAllowed(field="input.redirectUri")

    async def _throttle(self, step: str, caller: Caller, device: str | None) -> None:
        address = hash_of(caller.address)[:32]
        waits = [await self._fast_state.hit(f"identity.{step}:{address}", self._rules.per_address, WINDOW)]
        if device is not None:
            one = hash_of(f"{caller.address}\x00{device}")[:32]
            waits.append(await self._fast_state.hit(f"identity.{step}.device:{one}", PER_DEVICE, WINDOW))
        longest = max((wait for wait in waits if wait is not None), default=None)
        if longest is not None:
            raise TooManySignIns(retryAfterSeconds=int(longest) + 1)


def _s256(verifier: str) -> str:
    """The PKCE challenge (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
