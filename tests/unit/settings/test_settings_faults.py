"""What may not start does not start, and says every fault in a sentence that holds no secret."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.configuration import BadSettings, load
from gateway.generated import errors_page, settings_page
from gateway.settings import DEVELOPMENT_MASTER_KEY, DEVELOPMENT_SECRET, Settings, UnsafeSettings

ROOT = Path(__file__).resolve().parents[3]
GOOD = {
    "APP_ENV": "production",
    "PUBLIC_URL": "https://lc.example.gov.cn",
    "MASTER_KEY": base64.b64encode(b"k" * 32).decode(),
    "DATABASE_URL": "postgresql+asyncpg://city@db/city",
    "REDIS_URL": "rediss://fast.example/0",
    "DEPARTMENTS": json.dumps(
        {
            name: {"base_url": f"https://{name}.example.gov.cn", "secret": "a-long-secret-of-production"}
            for name in Settings.model_fields["departments"].get_default(call_default_factory=True)
        }
    ),
    "WORKERS": "4",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in (*Settings.model_fields, "departments__identity__base_url"):
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def faults(environment: pytest.MonkeyPatch, **changes: str) -> list[str]:
    for name, value in changes.items():
        environment.setenv(name, value)
    with pytest.raises(UnsafeSettings) as refused:
        load()
    return refused.value.faults


def department(**values: str) -> str:
    good = json.loads(GOOD["DEPARTMENTS"])
    return json.dumps(good | {"identity": good["identity"] | values})


def test_good_production_settings_are_accepted(environment: pytest.MonkeyPatch) -> None:
    settings = load()
    assert settings.production
    assert not settings.allows_introspection
    assert settings.effective_drain_notice_seconds == 5.0


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("MASTER_KEY", DEVELOPMENT_MASTER_KEY, "MASTER_KEY is the development key"),
        ("INTROSPECTION", "true", "INTROSPECTION is open"),
        ("PUBLIC_URL", "http://lc.example.gov.cn", "PUBLIC_URL is not https"),
        (
            "DEPARTMENTS",
            department(base_url="http://id.example.gov.cn"),
            "DEPARTMENTS__IDENTITY__BASE_URL is not https",
        ),
        (
            "DEPARTMENTS",
            department(base_url="https://127.0.0.1:8101"),
            "DEPARTMENTS__IDENTITY__BASE_URL is a mock on this machine",
        ),
        (
            "DEPARTMENTS",
            department(base_url="https://[::1]:8101"),
            "DEPARTMENTS__IDENTITY__BASE_URL is a mock on this machine",
        ),
        (
            "DEPARTMENTS",
            department(secret=DEVELOPMENT_SECRET),
            "DEPARTMENTS__IDENTITY__SECRET is the development secret",
        ),
        (
            "DATABASE_URL",
            "sqlite+aiosqlite:///var/city.db",
            "WORKERS is above 1 with an embedded store: set DATABASE_URL to PostgreSQL and REDIS_URL",
        ),
    ],
)
def test_each_unsafe_production_setting_is_refused_alone(
    environment: pytest.MonkeyPatch, name: str, value: str, fault: str
) -> None:
    assert faults(environment, **{name: value}) == [fault]


def test_embedded_fast_state_serves_one_worker_only(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("REDIS_URL")
    assert faults(environment) == [
        "WORKERS is above 1 with an embedded store: set DATABASE_URL to PostgreSQL and REDIS_URL"
    ]
    environment.setenv("WORKERS", "1")
    assert load().workers == 1


def test_a_department_that_was_forgotten_is_named(environment: pytest.MonkeyPatch) -> None:
    departments = json.loads(GOOD["DEPARTMENTS"])
    del departments["medical_insurance"]
    assert faults(environment, DEPARTMENTS=json.dumps(departments)) == [
        "DEPARTMENTS__MEDICAL_INSURANCE__BASE_URL is not set, and other departments are"
    ]


def test_every_fault_is_named_at_once(environment: pytest.MonkeyPatch) -> None:
    for name in GOOD:
        if name != "APP_ENV":
            environment.delenv(name)
    found = faults(environment, INTROSPECTION="true", WORKERS="2")
    assert found == [
        "MASTER_KEY is the development key",
        "INTROSPECTION is open",
        "PUBLIC_URL is not https",
        *(
            f"DEPARTMENTS__{name.upper()}__{fault}"
            for name in Settings.model_fields["departments"].get_default(call_default_factory=True)
            for fault in (
                "BASE_URL is not https",
                "BASE_URL is a mock on this machine",
                "SECRET is the development secret",
            )
        ),
        "WORKERS is above 1 with an embedded store: set DATABASE_URL to PostgreSQL and REDIS_URL",
    ]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "70000", "PORT should be less than or equal to 65535"),
        ("PORT", "geheim", "PORT should be a valid integer, unable to parse string as an integer"),
        ("APP_ENV", "geheim", "APP_ENV should be 'development' or 'production'"),
        ("MASTER_KEY", "geheim", "MASTER_KEY must be base64"),
        ("MASTER_KEY", base64.b64encode(b"geheim").decode(), "MASTER_KEY must be 32 bytes in base64"),
        ("TRUSTED_PROXIES", "geheim", "TRUSTED_PROXIES should be written as JSON"),
        ("TRUSTED_PROXIES", '["geheim"]', "TRUSTED_PROXIES holds something that is no network"),
        (
            "DATABASE_URL",
            "postgresql://city:geheim@db/city",
            "DATABASE_URL must begin with one of postgresql+asyncpg://, sqlite+aiosqlite://",
        ),
        (
            "REDIS_URL",
            "http://:geheim@fast.example",
            "REDIS_URL must begin with one of redis://, rediss://, unix://, redis+cluster://, rediss+cluster://",
        ),
        ("LOG_FORMAT", "geheim", "LOG_FORMAT String should match pattern '^(json|console)$'"),
        ("DEPARTMENTS", '{"identity": {}}', "DEPARTMENTS__IDENTITY__BASE_URL Field required"),
    ],
)
def test_a_value_that_cannot_be_read_gives_one_sentence_without_the_value(
    environment: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    environment.setenv(name, value)
    with pytest.raises(BadSettings) as refused:
        load()
    assert refused.value.faults == [sentence]
    assert "geheim" not in str(refused.value)


def test_the_command_tells_all_faults_and_no_traceback(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MASTER_KEY", DEVELOPMENT_MASTER_KEY)
    environment.setenv("INTROSPECTION", "true")
    ended = subprocess.run([sys.executable, "-m", "gateway", "serve"], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 78
    assert ended.stderr.splitlines() == [
        "these settings may not run:",
        "  - MASTER_KEY is the development key",
        "  - INTROSPECTION is open",
    ]


def test_the_public_url_follows_the_port_until_it_is_set(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("APP_ENV", "development")
    environment.setenv("PORT", "9000")
    assert load().public_url == "https://lc.example.gov.cn"
    environment.delenv("PUBLIC_URL")
    assert load().public_url == "http://localhost:9000"


def test_generated_pages_are_up_to_date() -> None:
    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == settings_page()
    assert (ROOT / "docs" / "errors.md").read_text("utf-8") == errors_page()
