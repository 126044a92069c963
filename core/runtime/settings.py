"""Read config.yaml: secrets from outside, everything validated, all problems at once with their lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, Field, PrivateAttr, ValidationInfo, field_validator

from core.runtime.config.document import MAX_BYTES, Document, read_document
from core.runtime.config.models import (
    BudgetConfig,
    BurstConfig,
    ConnectionConfig,
    DatabaseConfig,
    DeliveryConfig,
    EngineConfig,
    IdentityConfig,
    LoggingConfig,
    MappingsConfig,
    QualityConfig,
    Section,
    ServerConfig,
    Slug,
)
from core.runtime.config.problems import ConfigProblems, Problem
from core.runtime.config.validation import check_model, clear_secrets, explain_errors, require, unwrap
from core.runtime.secrets import resolve_references

__all__ = [
    "BudgetConfig",
    "BurstConfig",
    "Config",
    "ConfigProblems",
    "ConnectionConfig",
    "DatabaseConfig",
    "DeliveryConfig",
    "EngineConfig",
    "IdentityConfig",
    "LoggingConfig",
    "MappingsConfig",
    "Problem",
    "QualityConfig",
    "ServerConfig",
    "load_config",
]

ModelT = TypeVar("ModelT", bound=BaseModel)


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    base = (info.context or {}).get("base")
    return path if base is None else Path(base) / path


_ConfigPath = Annotated[Path, AfterValidator(_beside_the_file), Field(validate_default=True)]


class Config(Section):
    """The whole configuration. `Config()` is one of defaults only, whose paths start from the current folder."""

    workspace: Slug = Field(default="main", description="The name of the workspace that all records belong to.")
    data_dir: _ConfigPath = Field(
        default=Path("var"),
        description="The folder for the database, the key and files, from this file's folder. "
        "Danger: on a network drive SQLite can lose data.",
    )
    mappings_dir: _ConfigPath = Field(default=Path("mappings"), description="The folder of the mapping files, from this file's folder.")
    allow_clear_secrets: bool = Field(
        default=False,
        description="Whether secrets may stand in this file. Danger: for a trial only; files get copied, mailed and committed.",
    )
    server: ServerConfig = Field(default_factory=ServerConfig, description="The HTTP server for webhooks, API and console.")
    database: DatabaseConfig = Field(default_factory=DatabaseConfig, description="Where everything is stored.")
    engine: EngineConfig = Field(default_factory=EngineConfig, description="How the work is cut and when it is looked for.")
    delivery: DeliveryConfig = Field(default_factory=DeliveryConfig, description="How often a write is tried again.")
    mappings: MappingsConfig = Field(
        default_factory=MappingsConfig, description="When edited mappings go into force, and what is looked at before they do."
    )
    quality: QualityConfig = Field(default_factory=QualityConfig, description="How values are read, and which are taken for tests.")
    identity: IdentityConfig = Field(
        default_factory=IdentityConfig,
        description="Which records are proposed to be one person, and which are merged without asking.",
    )
    logging: LoggingConfig = Field(default_factory=LoggingConfig, description="What is logged and how.")
    connections: dict[Slug, ConnectionConfig] = Field(
        default_factory=dict, description="The accounts on outside systems, each under a name of your choice."
    )

    _document: Document = PrivateAttr(default_factory=lambda: Document("config.yaml", {}))
    _postponed: tuple[Problem, ...] = PrivateAttr(default=())

    @field_validator("server", "database", "engine", "delivery", "mappings", "quality", "identity", "logging", "connections", mode="before")
    @classmethod
    def _take_an_empty_section_as_its_defaults(cls, value: Any) -> Any:
        """A section whose settings are all commented out reads as nothing."""
        return {} if value is None else value

    @property
    def database_url(self) -> str:
        """The configured address, or that of the SQLite file in the data folder; a relative path starts from the file's folder."""
        configured = self.database.url.removeprefix("sqlite:///")
        return f"sqlite:///{self.folder / configured if configured else self.data_dir / 'leadloom.db'}"

    @property
    def folder(self) -> Path:
        """The folder of the configuration file, from which relative paths start."""
        return Path(self._document.file).resolve().parent

    def validate_connection(self, name: str, settings_type: type[ModelT]) -> ModelT:
        """Validate a connection's settings against its connector's model; raises ConfigProblems with lines."""
        settings, problems = self._checked(name, settings_type)
        require(problems)
        assert settings is not None
        return settings

    def connection_problems(self, settings_types: Mapping[str, type[BaseModel]]) -> tuple[Problem, ...]:
        """Everything that is wrong with the settings of these connections (name to the connector's model)."""
        found = [problem for name, kind in settings_types.items() for problem in self._checked(name, kind)[1]]
        return ConfigProblems(found).problems

    def problem(self, path: tuple[str | int, ...], message: str, nearest: str | None = None) -> Problem:
        """Make a problem at this place of the file, for what only others can know to be wrong."""
        return self._document.problem(path, message, nearest)

    def _checked(self, name: str, settings_type: type[ModelT]) -> tuple[ModelT | None, list[Problem]]:
        raw = self.connections[name].settings
        at = ("connections", name, "settings")
        settings, errors = check_model(settings_type, unwrap(raw))
        unresolved = [problem for problem in self._postponed if problem.path.startswith(".".join(at) + ".")]
        problems = _merged(unresolved, explain_errors(settings_type, errors, raw, self._document, at))
        if not self.allow_clear_secrets:
            problems += clear_secrets(settings_type, raw, self._document, at)
        return settings, problems


def load_config(path: Path, env: Mapping[str, str]) -> Config:
    """Read and validate the file; what belongs to a connector is checked later by `Config.validate_connection`.

    A disabled connection may refer to secrets that are not there; they are missed once it is validated. Raises
    ConfigProblems with everything that is wrong, not only the first thing.
    """
    document = _read(path)
    if document.value is not None and not isinstance(document.value, dict):
        raise ConfigProblems([document.problem((), "The file does not hold settings (name: value).")])
    value, unresolved = resolve_references(document, env, path.resolve().parent)
    config, errors = check_model(Config, _unwrap_all_but_connections(value), base=path.resolve().parent)
    postponed = [problem for problem in unresolved if _is_of_disabled(problem, value)]
    problems = _merged([problem for problem in unresolved if problem not in postponed], explain_errors(Config, errors, value, document))
    if not (isinstance(value, dict) and value.get("allow_clear_secrets") is True):
        problems += clear_secrets(Config, value, document)
    require(problems)
    assert config is not None
    config._document = document
    config._postponed = tuple(postponed)
    require([*_budgets_that_differ(config), *_unknown_providers(config)])
    return config


def _unknown_providers(config: Config) -> list[Problem]:
    """A provider that waits for one that does not exist, or for itself, would ask too early or never."""
    problems = []
    for name, connection in config.connections.items():
        for place, other in enumerate(connection.enrich.after if connection.enrich is not None else ()):
            first = config.connections.get(other)
            if first is None or first.enrich is None or other == name:
                message = f"'{other}' is no other connection with `enrich`."
                problems.append(config.problem(("connections", name, "enrich", "after", place), message))
    return problems


def _budgets_that_differ(config: Config) -> list[Problem]:
    """Connections of one account share one budget: those that state it have to say the same."""
    first: dict[tuple[str, str], str] = {}
    problems = []
    for name, connection in config.connections.items():
        if connection.account is None or connection.budget is None:
            continue
        other = first.setdefault((connection.connector, connection.account), name)
        if connection.budget != config.connections[other].budget:
            message = (
                f"This differs from the budget of connection '{other}', but both use up the account '{connection.account}', "
                "which has one budget. Make both the same, or leave it to one of them."
            )
            problems.append(config.problem(("connections", name, "budget"), message))
    return problems


def _merged(unresolved: list[Problem], others: list[Problem]) -> list[Problem]:
    """A secret that is not there is one problem, not also a value that is too short."""
    paths = {problem.path for problem in unresolved}
    return [*unresolved, *(problem for problem in others if problem.path not in paths)]


def _is_of_disabled(problem: Problem, value: Any) -> bool:
    section, _, rest = problem.path.partition(".")
    connections = value.get(section) if section == "connections" else None
    connection = connections.get(rest.partition(".")[0]) if isinstance(connections, dict) else None
    return isinstance(connection, dict) and connection.get("enabled") is False and ".settings." in problem.path


def _read(path: Path) -> Document:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigProblems([Problem(str(path), 1, 1, "", f"The file cannot be read ({error.strerror}).")]) from error
    return read_document(text, str(path))


def _unwrap_all_but_connections(value: Any) -> Any:
    """A connection's settings keep their secrets wrapped until the connector's own model takes them."""
    plain = unwrap(value)
    connections = value.get("connections") if isinstance(value, dict) else None
    for name, connection in connections.items() if isinstance(connections, dict) else ():
        if isinstance(connection, dict) and "settings" in connection:
            plain["connections"][name]["settings"] = connection["settings"]
    return plain
