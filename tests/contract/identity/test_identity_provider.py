"""The adapter against the mock provider, over real HTTP: discovery, keys, outages, our own set-up."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from mocks.config import MockConfig
from mocks.identity.app import Provider, create_app
from mocks.identity.tokens import s256
from services.adapters.identity import PROVIDES, build
from services.identity.errors import IdentityNotProven, SignInRefused
from services.identity.model import ProvenIdentity
from services.identity.ports import AuthorizationRequest, CodeExchange, IdentityProvider
from services.kernel.adapter import AdapterContext, AdapterSettings, Built, CircuitState, DepartmentEndpoint
from services.kernel.clock import FixedClock
from services.kernel.errors import DepartmentDown
from services.kernel.principal import Assurance
from tests.city import _listen, serving
from tests.sign_in import authorize

SECRET = "secret-of-the-tests"
REDIRECT = "http://localhost:1/auth/callback"
VERIFIER = "v" * 43


class Setting:
    """The mock on a socket, and the adapter pointed at it."""

    def __init__(self, url: str, provider: Provider, clock: FixedClock) -> None:
        self.url = url
        self.provider = provider
        self.clock = clock
        self.built: Built | None = None

    async def adapter(self, secret: str = SECRET, url: str | None = None) -> IdentityProvider:
        endpoint = DepartmentEndpoint(url or self.url, secret, deadline_seconds=1.0)
        settings = AdapterSettings(
            database_url="",
            redis_url=None,
            master_key=b"",
            public_url="",
            departments={"identity": endpoint},
            options={"identity.client_id": "liaocheng-subhall"},
        )
        await self.close()
        self.built = await build(AdapterContext(settings, self.clock))
        assert tuple(self.built.ports) == PROVIDES
        found: Any = self.built.ports[IdentityProvider]
        return found  # type: ignore[no-any-return]  # what PROVIDES promises

    async def close(self) -> None:
        if self.built is not None:
            await self.built.close()

    async def code(self, adapter: IdentityProvider, level: Assurance = Assurance.REAL_NAME) -> str:
        request = AuthorizationRequest("state", "nonce", s256(VERIFIER), REDIRECT, level, fresh=False)
        async with aiohttp.ClientSession() as http:
            back = await authorize(http, await adapter.authorization_url(request), "zhangsan")
        assert back.code is not None
        return back.code

    async def prove(self, adapter: IdentityProvider, **values: Any) -> ProvenIdentity:
        usual = {"verifier": VERIFIER, "nonce": "nonce", "redirect_uri": REDIRECT, "authenticated_after": None}
        code = values.pop("code", None) or await self.code(adapter)
        return await adapter.exchange(CodeExchange(code=code, **{**usual, **values}))


@pytest.fixture
async def setting(clock: FixedClock) -> AsyncIterator[Setting]:
    listening, url = _listen()
    app = create_app(MockConfig("http://gateway.invalid", url, SECRET, clock.now))
    async with serving(app, listening):
        opened = Setting(url, app.state.provider, clock)
        yield opened
        await opened.close()


async def test_who_signed_in_comes_with_children_and_companies(setting: Setting) -> None:
    proven = await setting.prove(await setting.adapter())
    assert (proven.name, proven.id_number, proven.phone) == ("张三", "371599199001010011", "10000000001")
    assert (proven.assurance, proven.authenticated_at) == (Assurance.REAL_NAME, setting.clock.now())
    assert [child.name for child in proven.children] == ["张小一", "张小二"]
    assert [(c.uscc, c.legal_representative) for c in proven.companies] == [("91371500LC9000011J", True)]


async def test_the_authorization_url_carries_a_challenge_and_never_the_verifier(setting: Setting) -> None:
    adapter = await setting.adapter()
    url = await adapter.authorization_url(
        AuthorizationRequest("s", "n", s256(VERIFIER), REDIRECT, Assurance.FACE, fresh=True)
    )
    query = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
    assert query["acr_values"] == "L3"
    assert (query["prompt"], query["max_age"]) == ("login", "0")
    assert query["code_challenge"] == s256(VERIFIER)
    assert VERIFIER not in url


@pytest.mark.parametrize(
    "wrong", [{"verifier": "w" * 43}, {"redirect_uri": f"{REDIRECT}/"}, {"code": "unknown"}, {"nonce": "other"}]
)
async def test_a_code_with_the_wrong_company_is_refused(wrong: dict[str, str], setting: Setting) -> None:
    with pytest.raises(SignInRefused):
        await setting.prove(await setting.adapter(), **wrong)


async def test_a_code_works_once(setting: Setting) -> None:
    adapter = await setting.adapter()
    code = await setting.code(adapter)
    await setting.prove(adapter, code=code)
    with pytest.raises(SignInRefused):
        await setting.prove(adapter, code=code)


async def test_our_own_wrong_secret_is_not_blamed_on_the_citizen(setting: Setting) -> None:
    with pytest.raises(DepartmentDown):
        await setting.prove(await setting.adapter(secret="wrong"))


@pytest.mark.parametrize("kind", ["outage", "garbage", "slow_drip", "delay"])
async def test_every_failure_of_the_provider_is_a_department_that_is_down(kind: str, setting: Setting) -> None:
    adapter = await setting.adapter()
    code = await setting.code(adapter)
    setting.provider.control.script(kind, seconds=5)
    with pytest.raises(DepartmentDown) as down:
        await setting.prove(adapter, code=code)
    assert down.value.extensions["department"] == "identity"


async def test_a_provider_that_calls_itself_otherwise_is_not_believed(setting: Setting) -> None:
    adapter = await setting.adapter(url=setting.url.replace("127.0.0.1", "localhost"))
    with pytest.raises(DepartmentDown):
        await adapter.issuer()


async def test_an_unreachable_provider_is_down(setting: Setting) -> None:
    adapter = await setting.adapter(url="http://127.0.0.1:9")
    with pytest.raises(DepartmentDown):
        await adapter.issuer()
    assert setting.built is not None
    assert setting.built.circuit is not None
    assert setting.built.circuit() in set(CircuitState)


async def test_discovery_and_keys_are_read_once_for_many_sign_ins(setting: Setting) -> None:
    adapter = await setting.adapter()
    await setting.prove(adapter)
    setting.provider.control.script("outage", times=None)
    setting.provider.control.reset()
    reads: list[str] = []
    original = setting.provider.control.disturb

    async def counted(person: str | None) -> Any:
        reads.append("userinfo or token" if person else "discovery or keys")
        return await original(person)

    setting.provider.control.disturb = counted  # type: ignore[method-assign]  # counts what comes in
    for _ in range(3):
        await setting.prove(adapter)
    assert set(reads) == {"userinfo or token"}


async def test_invented_key_ids_do_not_make_us_hammer_the_provider(setting: Setting) -> None:
    adapter = await setting.adapter()
    await setting.prove(adapter)
    reads = 0
    original = setting.provider.control.disturb

    async def counted(person: str | None) -> Any:
        nonlocal reads
        reads += person is None
        return await original(person)

    setting.provider.control.disturb = counted  # type: ignore[method-assign]  # counts what comes in
    for number in range(5):
        setting.provider.id_token_header = {"kid": f"invented-{number}"}
        with pytest.raises(SignInRefused):
            await setting.prove(adapter)
    assert reads == 0


@pytest.mark.parametrize(
    "bent",
    [
        {"name": ""},
        {"id_number": "371599199001010012"},
        {"id_number": None},
        {"birthdate": "1990-01-02"},
        {"birthdate": "yesterday"},
        {"children": "many"},
        {"children": [{"name": "x"}]},
        {"companies": [{"name": "x", "uscc": "91371500LC9000011K", "region": "371502"}]},
    ],
)
async def test_userinfo_that_does_not_prove_a_person_is_told_apart(bent: dict[str, Any], setting: Setting) -> None:
    setting.provider.userinfo_claims.update(bent)
    with pytest.raises(IdentityNotProven):
        await setting.prove(await setting.adapter())
