"""Reading config.yaml: every problem at once with its place, secrets from outside only, and a YAML that cannot bite."""

from __future__ import annotations

import base64
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from core.runtime.database_key import database_key
from core.runtime.settings import Config, ConfigProblems, Problem, load_config

CANARY = "s3cret-canary-value"


class Nested(BaseModel):
    model_config = ConfigDict(extra="forbid")
    password: SecretStr | None = None
    user: str = ""


class ExampleSettings(BaseModel):
    """A connector's settings with every way to hold a secret."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)
    token: SecretStr = Field(min_length=8)
    secrets: list[SecretStr] = []
    by_name: dict[str, SecretStr] = {}
    signin: Nested | None = None
    base_url: str = "https://api.example.com"
    page_id: str = ""
    count: int = 1


def load(tmp_path: Path, text: str | bytes, env: Mapping[str, str] | None = None) -> Config:
    path = tmp_path / "config.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_config(path, env or {})


def problems(tmp_path: Path, text: str | bytes, env: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(ConfigProblems) as caught:
        load(tmp_path, text, env)
    return caught.value.problems


def connection(settings: str) -> str:
    """A file whose connection `eu` has these settings; they begin in line 5."""
    lines = "\n".join(f"      {line}" for line in settings.splitlines())
    return f"connections:\n  eu:\n    connector: example\n    settings:\n{lines}\n"


@pytest.mark.parametrize(("url", "place"), [("sqlite:///leads.db", "{0}/leads.db"), ("sqlite:////srv/leads.db", "/srv/leads.db")])
def test_a_relative_database_lies_beside_the_file_whatever_the_folder_of_the_process(tmp_path: Path, url: str, place: str) -> None:
    config = load(tmp_path, f"database:\n  url: {url}\n")
    assert config.database_url == f"sqlite:///{place.format(tmp_path)}"


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "server:\nconnections:\n", "{}"])
def test_an_empty_file_means_defaults_beside_the_file(tmp_path: Path, text: str) -> None:
    config = load(tmp_path, text)
    assert config.data_dir == tmp_path / "var"
    assert config.mappings_dir == tmp_path / "mappings"
    assert config.database_url == f"sqlite:///{tmp_path}/var/leadloom.db"
    assert config.engine.batch == 400


def test_values_are_read_into_their_types(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        "data_dir: /srv/leadloom\nserver: {port: 0, public_url: 'https://leads.example.com/', trusted_proxies: [10.0.0.0/8]}\n"
        "connections:\n  eu-sales:\n    connector: example\n    enabled: false\n    poll: {Lead: 30}\n    account: acme\n",
    )
    assert config.data_dir == Path("/srv/leadloom")
    assert config.server.public_url == "https://leads.example.com"
    assert config.connections["eu-sales"].poll == {"Lead": 30.0}
    assert not config.connections["eu-sales"].enabled


def test_all_problems_come_at_once_with_place_and_nearest_name(tmp_path: Path) -> None:
    text = (
        "workspce: main\nserver:\n  prot: 80\n  port: many\nlogging:\n  level: inof\n"
        "connections:\n  Eu Sales: {connector: example}\n  b: {enabled: true}\n"
    )
    told = [(problem.line, problem.column, problem.path, problem.nearest) for problem in problems(tmp_path, text)]
    assert told == [
        (1, 1, "workspce", "workspace"),
        (3, 3, "server.prot", "port"),
        (4, 3, "server.port", None),
        (6, 3, "logging.level", "info"),
        (8, 3, "connections.Eu Sales", None),
        (9, 3, "connections.b.connector", None),
    ]


def test_a_problem_reads_as_one_line_for_an_editor(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "server:\n  prot: 80\n")
    assert str(problem) == f"{tmp_path}/config.yaml:2:3: server.prot: There is no such setting. Did you mean 'port'?"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: [1\n", 3, "not YAML"),
        ("workspace: a\nworkspace: b\n", 2, "twice"),
        ("server:\n  port: 1\n  'port': 2\n", 3, "twice"),
        ("server: &x {port: 1}\n", 1, "Anchors"),
        ("engine: *x\n", 1, "aliases"),
        ("workspace: !!python/object:os.system x\n", 1, "Tags"),
        ("workspace: !x a\n", 1, "Tags"),
        ("? [a, b]\n: 1\n", 1, "key must be plain text"),
        ("%YAML 1.1\n---\nworkspace: a\n", 2, "directive"),
        ("workspace: a\n---\nworkspace: b\n", 2, "second document"),
        ("a: " + "[" * 3_000, 1, "deeper"),
        ("a: " + "{b: " * 3_000, 1, "deeper"),
        ("- 1\n", 1, "does not hold settings"),
        ("text", 1, "does not hold settings"),
        (b"workspace: \xff\n", 1, "UTF-8"),
        (b"workspace: a\x00b\n", 1, "not YAML"),
        (b"#" * (1024 * 1024 + 1), 1, "larger"),
    ],
)
def test_what_yaml_offers_beyond_plain_values_is_refused(tmp_path: Path, text: str | bytes, line: int, says: str) -> None:
    (problem, *_) = problems(tmp_path, text)
    assert problem.line == line
    assert says in problem.message


def test_a_bomb_of_aliases_costs_nothing(tmp_path: Path) -> None:
    levels = "".join(f"b{number}: &b{number} [{', '.join([f'*b{number - 1}'] * 9)}]\n" for number in range(1, 20))
    assert len(problems(tmp_path, f"b0: &b0 [lol]\n{levels}")) > 100


def test_words_and_long_numbers_stay_text(tmp_path: Path) -> None:
    config = load(tmp_path, connection("a: NO\nb: 0041\nc: 12345678901234567890123\nd: 2026-01-01\ne: 1.5\nf: true\ng: ~\nh: '7'\ni: -3"))
    assert config.connections["eu"].settings == {
        "a": "NO",
        "b": "0041",
        "c": "12345678901234567890123",
        "d": "2026-01-01",
        "e": 1.5,
        "f": True,
        "g": None,
        "h": "7",
        "i": -3,
    }


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblems, match="cannot be read"):
        load_config(tmp_path / "config.yaml", {})


def test_secrets_come_from_environment_and_files(tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text(f"{CANARY}\n")
    text = connection(
        "token: ${FILE:token.txt}\nsecrets: ['${ENV:ONE}', '${ENV:TWO}']\n"
        "base_url: https://${ENV:HOST}/v1\ncount: ${ENV:COUNT}\npage_id: 123"
    )
    config = load(tmp_path, text, {"ONE": "1st-secret", "TWO": "2nd-secret", "HOST": "eu.example.com", "COUNT": "7"})
    assert isinstance(config.connections["eu"].settings["token"], SecretStr)
    settings = config.validate_connection("eu", ExampleSettings)
    assert settings.token.get_secret_value() == CANARY
    assert [secret.get_secret_value() for secret in settings.secrets] == ["1st-secret", "2nd-secret"]
    assert (settings.base_url, settings.count, settings.page_id) == ("https://eu.example.com/v1", 7, "123")
    assert CANARY not in repr(config)


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("${ENV:NOT_SET}", "NOT_SET is not set"),
        ("${ENV:EMPTY}", "EMPTY is not set"),
        ("${FILE:nowhere.txt}", "cannot be read"),
        ("${FILE:empty.txt}", "is empty"),
        ("${FILE:.}", "cannot be read"),
        ("${FILE:binary}", "cannot be read"),
        ("${NAME}", "${ENV:NAME}"),
        ("${ENV:}", "${ENV:NAME}"),
        ("${ENV:ONE", "${ENV:NAME}"),
    ],
)
def test_a_reference_that_leads_nowhere_is_a_problem_with_its_line(tmp_path: Path, reference: str, says: str) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff")
    (problem,) = problems(tmp_path, connection(f"count: 1\ntoken: {reference!r}"), {"EMPTY": ""})
    assert (problem.line, problem.path) == (6, "connections.eu.settings.token")
    assert says in problem.message


def test_a_disabled_connection_needs_its_secrets_only_when_it_is_opened(tmp_path: Path) -> None:
    text = connection("token: ${ENV:NOT_SET}\nuknown: 1").replace("    settings:", "    enabled: false\n    settings:")
    config = load(tmp_path, text)
    found = config.connection_problems({"eu": ExampleSettings})
    assert [(problem.line, problem.path) for problem in found] == [
        (6, "connections.eu.settings.token"),
        (7, "connections.eu.settings.uknown"),
    ]
    with pytest.raises(ConfigProblems, match="NOT_SET"):
        config.validate_connection("eu", ExampleSettings)


def test_a_secret_in_clear_is_a_problem_wherever_it_stands(tmp_path: Path) -> None:
    text = connection(
        f"token: {CANARY}\nsecrets: ['${{ENV:ONE}}', {CANARY}]\nby_name: {{a: {CANARY}}}\nsignin: {{user: ada, password: '12345678'}}"
    )
    config = load(tmp_path, text, {"ONE": "1st-secret"})
    found = config.connection_problems({"eu": ExampleSettings})
    assert [(problem.line, problem.path.removeprefix("connections.eu.settings.")) for problem in found] == [
        (5, "token"),
        (6, "secrets.1"),
        (7, "by_name.a"),
        (8, "signin.password"),
    ]
    assert CANARY not in "".join(str(problem) for problem in found)
    with pytest.raises(ConfigProblems):
        config.validate_connection("eu", ExampleSettings)


def test_for_a_trial_secrets_may_stand_in_the_file(tmp_path: Path) -> None:
    config = load(tmp_path, f"allow_clear_secrets: true\n{connection(f'token: {CANARY}')}")
    assert config.validate_connection("eu", ExampleSettings).token.get_secret_value() == CANARY


def test_a_connections_problems_are_told_together_and_without_its_secrets(tmp_path: Path) -> None:
    config = load(
        tmp_path, connection("token: ${ENV:SHORT}\ncuont: 2\ncount: ${ENV:WORD}\nsignin: {usre: x}"), {"SHORT": "short7", "WORD": CANARY}
    )
    found = config.connection_problems({"eu": ExampleSettings})
    assert [(problem.line, problem.nearest) for problem in found] == [(5, None), (6, "count"), (7, None), (8, "user")]
    assert CANARY not in "".join(str(problem) for problem in found)
    assert "short7" not in "".join(str(problem) for problem in found)


def test_a_database_that_is_not_sqlite_is_a_problem(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "database:\n  url: postgresql://db.example.com/leads\n")
    assert (problem.line, problem.path) == (2, "database.url")


@pytest.mark.parametrize(
    "text",
    [
        "server: {public_url: leads.example.com}",
        "server: {trusted_proxies: ['*']}",
        "database: {url: 'mysql://x'}",
        "delivery: {first_retry_seconds: 10, max_retry_seconds: 5}",
        "delivery: {jitter: 2}",
        "workspace: '../x'",
        "connections: {a: {connector: '../x'}}",
        "connections: {a: {connector: x, poll: {Lead: 0}}}",
        "connections: []",
        "server: 5",
    ],
)
def test_values_that_cannot_work_are_refused(tmp_path: Path, text: str) -> None:
    (problem,) = problems(tmp_path, text)
    assert problem.line == 1


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    config = load(tmp_path, "")
    key = database_key(config)
    path = tmp_path / "var" / "leadloom.key"
    assert key is not None
    assert len(key) == 32
    assert database_key(load(tmp_path, "")) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["leadloom.key"]


def test_a_spoiled_key_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "var" / "leadloom.key"
    path.parent.mkdir()
    path.write_text("spoiled")
    with pytest.raises(ConfigProblems, match="key"):
        database_key(load(tmp_path, ""))
    assert path.read_text() == "spoiled"


def test_a_configured_key_is_used_and_must_be_a_key(tmp_path: Path) -> None:
    key = bytes(range(32))
    config = load(tmp_path, "database: {key: '${ENV:KEY}'}", {"KEY": base64.b64encode(key).decode()})
    assert database_key(config) == key
    (problem,) = problems(tmp_path, "database: {key: '${ENV:KEY}'}", {"KEY": "c2hvcnQ="})
    assert "32 bytes" in problem.message
    assert database_key(load(tmp_path, "database: {encryption: false}")) is None


def test_a_key_in_clear_is_a_problem(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, f"database:\n  key: {base64.b64encode(bytes(32)).decode()}\n")
    assert "must not stand" in problem.message
