"""config.example.yaml documents every setting there is, tells true defaults, and works as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, SecretStr

from core.runtime.config.document import Document, read_document
from core.runtime.registry import Registry
from core.runtime.settings import Config, ConnectionConfig, load_config

EXAMPLE = Path("config.example.yaml")
ENVIRONMENT = {
    "SALESFORCE_CONSUMER_KEY": "key",
    "SALESFORCE_CONSUMER_SECRET": "secret",
    "HUBSPOT_ACCESS_TOKEN": "token",
    "HUBSPOT_CLIENT_SECRET": "secret",
    "META_PAGE_ACCESS_TOKEN": "token",
    "META_APP_SECRET": "secret",
    "META_VERIFY_TOKEN": "a-word-of-ours-16",
    "GOOGLE_LEAD_FORM_KEY": "a-word-of-ours-16",
    "CONTACT_FORM_TOKEN": "f0rm-t0ken-0123456789",
    "TYPEFORM_ACCESS_TOKEN": "token",
    "TYPEFORM_WEBHOOK_SECRET": "secret",
    "TALLY_SIGNING_SECRET": "secret",
    "GOOGLE_SERVICE_ACCOUNT": "{}",
    "AIRTABLE_ACCESS_TOKEN": "token",
    "S3_ACCESS_KEY_ID": "key",
    "S3_SECRET_ACCESS_KEY": "secret",
    "SFTP_PRIVATE_KEY": "key",
    "SHAREPOINT_CLIENT_SECRET": "secret",
    "WEBFLOW_WEBHOOK_SECRET": "secret",
    "CALENDLY_SIGNING_KEY": "secret",
    "JOTFORM_PATH_TOKEN": "j0tform-t0ken-0123456789",
    "LINKEDIN_CLIENT_SECRET": "a-secret",
    "LINKEDIN_ACCESS_TOKEN": "token",
    "SNAPCHAT_PATH_TOKEN": "sn4p-t0ken-0123456789",
    "INTERCOM_CLIENT_SECRET": "secret",
    "TIKTOK_APP_SECRET": "secret",
    "TIKTOK_PATH_TOKEN": "t1ktok-t0ken-0123456789",
    "BUILTWITH_KEY": "key",
    "AEROLEADS_KEY": "key",
    "ZOOM_CLIENT_ID": "client",
    "ZOOM_CLIENT_SECRET": "secret",
    "ZOOM_SECRET_TOKEN": "secret",
    "SINGER_TOKEN": "token",
    "LEADFEEDER_API_TOKEN": "token",
    "ON24_TOKEN_KEY": "key",
    "ON24_TOKEN_SECRET": "secret",
}
SHIPPED = {
    "salesforce",
    "hubspot",
    "meta_lead_ads",
    "google_ads_leads",
    "web_form",
    "spreadsheet",
    "google_sheets",
    "airtable",
    "s3_files",
    "sftp_files",
    "sharepoint_excel",
    "memory",
    "typeform",
    "tally",
    "jotform",
    "webflow",
    "calendly",
    "http_enrich",
    "aeroleads",
    "builtwith",
    "hubspot_forms",
    "linkedin_lead_gen",
    "snapchat_lead_gen",
    "tiktok_leads",
    "intercom",
    "zoom_webinars",
    "singer",
    "leadfeeder",
    "on24",
}


def everything() -> Document:
    """The example with every commented-out setting switched on."""
    text = re.sub(r"^( *)#(?=[a-z_]+:)", r"\1", EXAMPLE.read_text("utf-8"), flags=re.MULTILINE)
    return read_document(text.encode(), str(EXAMPLE))


def explanation(line: int) -> str:
    """The comment right above a line, as one text."""
    lines = EXAMPLE.read_text("utf-8").splitlines()
    comments: list[str] = []
    while line >= 2 and (found := re.fullmatch(r" *# (.*)", lines[line - 2])):
        comments.insert(0, found[1])
        line -= 1
    return " ".join(comments)


def sections(model: type[BaseModel], at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every setting of the fixed sections with its path."""
    for name, info in model.model_fields.items():
        yield (*at, name), info
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from sections(info.annotation, (*at, name))


CORE = [*sections(Config)]


@pytest.mark.parametrize(("path", "info"), CORE, ids=[".".join(path) for path, _ in CORE])
def test_every_setting_is_listed_with_its_meaning_and_its_default(path: tuple[str, ...], info: Any) -> None:
    document = everything()
    assert path in document.marks, f"{'.'.join(path)} is missing in {EXAMPLE}"
    assert info.description in explanation(document.marks[path][0]) or path == ("connections",)
    value: Any = document.value
    for name in path:
        value = value[name]
    if not isinstance(value, dict):
        default = info.get_default(call_default_factory=True)
        assert value == (str(default) if isinstance(default, Path) else default)


@pytest.mark.parametrize("name", ConnectionConfig.model_fields)
def test_every_setting_of_a_connection_is_explained(name: str) -> None:
    path = ("connections", "salesforce-eu", name)
    description = ConnectionConfig.model_fields[name].description
    assert description
    assert description in explanation(everything().marks[path][0])


def test_it_works_as_it_stands_without_any_secret() -> None:
    config = load_config(EXAMPLE, {})
    assert {connection.connector for connection in config.connections.values()} == SHIPPED
    assert not [name for name, connection in config.connections.items() if connection.enabled]


def example_of(connector: str) -> str:
    (name,) = [name for name, connection in load_config(EXAMPLE, {}).connections.items() if connection.connector == connector]
    return name


CONNECTORS = sorted(Registry().manifests())


@pytest.mark.parametrize("connector", CONNECTORS)
def test_every_shipped_connector_has_an_example_that_is_valid(connector: str) -> None:
    settings_type = Registry().load(connector).settings_type
    settings = load_config(EXAMPLE, ENVIRONMENT).validate_connection(example_of(connector), settings_type)
    assert type(settings) is settings_type
    assert not [name for name, info in settings_type.model_fields.items() if info.is_required() and not getattr(settings, name)]


@pytest.mark.parametrize("connector", CONNECTORS)
def test_every_setting_of_a_connector_is_listed_explained_and_exists(connector: str) -> None:
    document = everything()
    at = ("connections", example_of(connector), "settings")
    settings_type = Registry().load(connector).settings_type
    listed = set(document.value["connections"][at[1]]["settings"] or {})
    assert listed == set(settings_type.model_fields)
    for name, info in settings_type.model_fields.items():
        assert explanation(document.marks[*at, name][0]).endswith("."), f"{name} is not explained"
        if not info.is_required() and _is_commented(document.marks[*at, name][0]):
            assert document.value["connections"][at[1]]["settings"][name] == _plain(info.get_default(call_default_factory=True)), name


def _is_commented(line: int) -> bool:
    return EXAMPLE.read_text("utf-8").splitlines()[line - 1].lstrip().startswith("#")


def _plain(default: Any) -> Any:
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    return [*default] if isinstance(default, tuple) else default


def test_the_settings_of_web_form_and_meta_are_explained_in_the_words_of_their_models() -> None:
    document = everything()
    for connector in ("meta_lead_ads", "google_ads_leads", "web_form"):
        at = ("connections", example_of(connector), "settings")
        for name, info in Registry().load(connector).settings_type.model_fields.items():
            assert str(info.description) in explanation(document.marks[*at, name][0])


def test_secrets_in_the_example_are_references() -> None:
    config = load_config(EXAMPLE, ENVIRONMENT)
    for name, connection in config.connections.items():
        if connection.connector in CONNECTORS:
            settings_type = Registry().load(connection.connector).settings_type
            typed = [field for field, info in settings_type.model_fields.items() if _holds_secret(info.annotation)]
            values = [connection.settings[field] for field in typed if field in connection.settings]
            assert all(isinstance(value, (SecretStr, list)) for value in values), name


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or (
        get_origin(annotation) in (Union, UnionType) and any(_holds_secret(inner) for inner in get_args(annotation))
    )
