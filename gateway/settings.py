"""Every setting, typed, from the environment; `docs/settings.md` is generated from this file."""

import base64
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kernel.adapter import AdapterSettings, DepartmentEndpoint

DEVELOPMENT_MASTER_KEY = base64.b64encode(b"development-only-master-key-0000").decode()
DEVELOPMENT_SECRET = "development-only-secret"  # noqa: S105 - refused in production by name


DATABASE_SCHEMES = ("postgresql+asyncpg", "sqlite+aiosqlite")
REDIS_SCHEMES = ("redis", "rediss", "unix", "redis+cluster", "rediss+cluster")


class AppEnv(StrEnum):
    """Where this runs. Production refuses whatever is only fit for development."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class UnsafeSettings(Exception):
    """Settings that may not start, most of them in production; `faults` names every one, a sentence each."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(["these settings may not run:", *(f"  - {f}" for f in faults)]))


class Department(BaseModel):
    """How to reach one department system."""

    base_url: str
    secret: SecretStr = SecretStr(DEVELOPMENT_SECRET)
    deadline_seconds: float = Field(default=5.0, gt=0, le=60)
    concurrency: int = Field(default=32, ge=1, le=1000)


def _mock_departments() -> dict[str, Department]:
    return {
        "identity": Department(base_url="http://127.0.0.1:8101"),
        "medical_insurance": Department(base_url="http://127.0.0.1:8102"),
        "records": Department(base_url="http://127.0.0.1:8110"),
        "unified_window": Department(base_url="http://127.0.0.1:8103"),
    }


class Settings(BaseSettings):
    """Read once at the start. Nested values: ``DEPARTMENTS__IDENTITY__BASE_URL=https://…``."""

    model_config = SettingsConfigDict(env_nested_delimiter="__", extra="ignore")

    app_env: Annotated[AppEnv, Field(description="`development` or `production`.")] = AppEnv.DEVELOPMENT
    host: Annotated[str, Field(description="Address to listen on; `::` is IPv6 and IPv4 together.")] = "::"
    port: Annotated[int, Field(ge=0, le=65535, description="Port to listen on; 0 takes a free one.")] = 8000
    workers: Annotated[int, Field(ge=1, le=64, description="Worker processes.")] = 1
    public_url: Annotated[
        str,
        Field(
            description="Where clients reach the gateway; no slash at the end. Also the issuer of tokens. "
            "Unset: `http://localhost:PORT`."
        ),
    ] = "http://localhost:8000"
    data_dir: Annotated[Path, Field(description="Folder of the embedded database and of development state.")] = Path(
        "var"
    )
    database_url: Annotated[
        str | None,
        Field(description="`postgresql+asyncpg://…`, or `sqlite+aiosqlite:///…`; unset: SQLite in `DATA_DIR`."),
    ] = None
    redis_url: Annotated[
        str | None,
        Field(description="`redis://`, `rediss://`, `unix://`, or `redis+cluster://` URL; unset: in-process."),
    ] = None
    master_key: Annotated[
        SecretStr, Field(description="32 bytes in base64; seals sensitive columns and keys look-up hashes.")
    ] = SecretStr(DEVELOPMENT_MASTER_KEY)
    previous_master_keys: Annotated[
        list[SecretStr],
        Field(description="Master keys before this one, newest first, as a JSON list; they open what they sealed."),
    ] = Field(default_factory=list)
    departments: Annotated[
        dict[str, Department], Field(description="Department systems by adapter name: base_url, secret, limits.")
    ] = Field(default_factory=_mock_departments)
    identity_client_id: Annotated[str, Field(description="Our client id at the provincial identity provider.")] = (
        "liaocheng-subhall"
    )
    sign_in_redirect_uris: Annotated[
        list[str],
        Field(description="Where sign-in may return to, exactly, beside `PUBLIC_URL/auth/callback`; a JSON list."),
    ] = Field(default_factory=list)
    sign_ins_per_address: Annotated[
        int, Field(ge=1, description="Sign-ins from one network address in ten minutes; carriers share addresses.")
    ] = 300
    checks_per_address: Annotated[
        int, Field(ge=1, description="Most anonymous checks of shown certificates a minute from one client address.")
    ] = 120
    mutations_per_person: Annotated[
        int, Field(ge=1, description="Most mutation operations a minute by one signed-in person.")
    ] = 120
    mutations_per_address: Annotated[
        int,
        Field(ge=1, description="Most mutation operations a minute without sign-in from one client address."),
    ] = 1_200
    introspection: Annotated[
        bool | None, Field(description="Whether the schema may be asked for; unset: not in production.")
    ] = None
    trusted_documents_only: Annotated[
        bool, Field(description="Accept only operations checked in as trusted documents, by their hash.")
    ] = False
    trusted_proxies: Annotated[
        list[str], Field(description="Networks whose X-Forwarded-For is believed, as a JSON list of CIDRs.")
    ] = Field(default_factory=list)
    access_log: Annotated[bool, Field(description="Log each request: route, status, time; nothing of the person.")] = (
        True
    )
    log_format: Annotated[str, Field(pattern="^(json|console)$", description="`json` or `console`.")] = "json"
    max_body_bytes: Annotated[int, Field(ge=1024, description="Largest GraphQL request body.")] = 1_000_000
    body_seconds: Annotated[float, Field(gt=0, description="How long a client may take to send a request body.")] = 15.0
    max_tokens: Annotated[int, Field(ge=1, description="Most lexical tokens in one GraphQL document.")] = 2_000
    max_depth: Annotated[int, Field(ge=1, description="Deepest selection.")] = 12
    max_aliases: Annotated[int, Field(ge=0, description="Most aliases in one operation.")] = 30
    max_root_fields: Annotated[int, Field(ge=1, description="Most root fields in one operation.")] = 20
    max_cost: Annotated[
        int, Field(ge=1, description="Highest cost: fields times the size of the lists they are in.")
    ] = 10_000
    max_batch: Annotated[int, Field(ge=0, description="Most operations in one batched request; 0 refuses batches.")] = (
        10
    )
    operation_seconds: Annotated[float, Field(gt=0, description="Time limit of one operation.")] = 15.0
    drain_seconds: Annotated[float, Field(ge=0, description="How long a stopping worker finishes what it began.")] = (
        20.0
    )

    drain_notice_seconds: Annotated[
        float | None,
        Field(ge=0, description="How long readiness is red before we stop accepting; unset: 5 in production, else 0."),
    ] = None

    @model_validator(mode="after")
    def _normalise(self) -> Self:
        if "public_url" not in self.model_fields_set:
            self.public_url = f"http://localhost:{self.port}"
        self.public_url = self.public_url.rstrip("/")
        _key_bytes(self.master_key, "MASTER_KEY")
        _check_scheme(self.database_url, "DATABASE_URL", DATABASE_SCHEMES)
        _check_scheme(self.redis_url, "REDIS_URL", REDIS_SCHEMES)
        for network in self.trusted_proxies:
            try:
                ip_network(network, strict=False)
            except ValueError:
                raise ValueError("TRUSTED_PROXIES holds something that is no network") from None
        for key in self.previous_master_keys:
            _key_bytes(key, "PREVIOUS_MASTER_KEYS")
        return self

    @property
    def production(self) -> bool:
        return self.app_env is AppEnv.PRODUCTION

    @property
    def allows_introspection(self) -> bool:
        return not self.production if self.introspection is None else self.introspection

    @property
    def effective_drain_notice_seconds(self) -> float:
        if self.drain_notice_seconds is not None:
            return self.drain_notice_seconds
        return 5.0 if self.production else 0.0

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{(self.data_dir / 'city.db').absolute()}"

    @property
    def embedded_database(self) -> bool:
        return self.effective_database_url.startswith("sqlite")

    @property
    def master_key_bytes(self) -> bytes:
        return _key_bytes(self.master_key, "MASTER_KEY")

    def refuse_unsafe(self) -> None:
        """Raise `UnsafeSettings` when production is set up like development; every fault at once."""
        faults = _production_faults(self) if self.production else []
        for name in sorted(_mock_departments().keys() - self.departments.keys()):
            faults.append(f"DEPARTMENTS__{name.upper()}__BASE_URL is not set, and other departments are")
        if self.workers > 1 and (self.embedded_database or self.redis_url is None):
            faults.append("WORKERS is above 1 with an embedded store: set DATABASE_URL to PostgreSQL and REDIS_URL")
        if faults:
            raise UnsafeSettings(faults)

    def for_adapters(self) -> AdapterSettings:
        """The part that adapters read."""
        return AdapterSettings(
            database_url=self.effective_database_url,
            redis_url=self.redis_url,
            master_key=self.master_key_bytes,
            previous_master_keys=tuple(_key_bytes(key, "PREVIOUS_MASTER_KEYS") for key in self.previous_master_keys),
            public_url=self.public_url,
            departments={
                name: DepartmentEndpoint(
                    one.base_url.rstrip("/"), one.secret.get_secret_value(), one.deadline_seconds, one.concurrency
                )
                for name, one in self.departments.items()
            },
            options={"identity.client_id": self.identity_client_id},
        )


def _check_scheme(url: str | None, name: str, schemes: tuple[str, ...]) -> None:
    if url is not None and url.partition("://")[0] not in schemes:
        raise ValueError(f"{name} must begin with one of {', '.join(f'{scheme}://' for scheme in schemes)}")


def _key_bytes(key: SecretStr, name: str) -> bytes:
    try:
        decoded = base64.b64decode(key.get_secret_value(), validate=True)
    except ValueError as error:
        raise ValueError(f"{name} must be base64") from error
    if len(decoded) != 32:
        raise ValueError(f"{name} must be 32 bytes in base64")
    return decoded


def _production_faults(settings: Settings) -> list[str]:
    faults = []
    if settings.master_key.get_secret_value() == DEVELOPMENT_MASTER_KEY:
        faults.append("MASTER_KEY is the development key")
    if DEVELOPMENT_MASTER_KEY in {key.get_secret_value() for key in settings.previous_master_keys}:
        faults.append("PREVIOUS_MASTER_KEYS holds the development key")
    if settings.allows_introspection:
        faults.append("INTROSPECTION is open")
    if not settings.public_url.startswith("https://"):
        faults.append("PUBLIC_URL is not https")
    for uri in settings.sign_in_redirect_uris:
        if urlsplit(uri).scheme in {"", "http"}:
            faults.append("SIGN_IN_REDIRECT_URIS holds an address that is neither https nor an app's own scheme")
    for name, department in settings.departments.items():
        label = f"DEPARTMENTS__{name.upper()}"
        url = urlsplit(department.base_url)
        if url.scheme != "https":
            faults.append(f"{label}__BASE_URL is not https")
        if url.hostname in {"localhost", "127.0.0.1", "::1"}:
            faults.append(f"{label}__BASE_URL is a mock on this machine")
        if department.secret.get_secret_value() == DEVELOPMENT_SECRET:
            faults.append(f"{label}__SECRET is the development secret")
    return faults
