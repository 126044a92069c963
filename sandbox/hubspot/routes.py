"""The path table: one row per operation, one prefix per API and version, so a whole version can be switched off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.hubspot import (
    account_api,
    associations_api,
    batch_api,
    forms_api,
    imports_api,
    lists_api,
    oauth_api,
    objects_api,
    owners_api,
    preferences_api,
    properties_api,
    schemas_api,
    search_api,
    submissions_api,
)
from sandbox.hubspot.call import Call
from sandbox.hubspot.portal import Portal
from sandbox.wire import Answer

Handler = Callable[[Portal, Call], Answer]

DATED = ("2025-09", "2026-03", "2026-09")

_PREFIXES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("objects", ("v3",), "crm/{}/objects"),
    ("objects", DATED, "crm/objects/{}"),
    ("pairs", ("v4",), "crm/{}/objects"),
    ("pairs", DATED, "crm/objects/{}"),
    ("associations", ("v4",), "crm/{}/associations"),
    ("associations", DATED, "crm/associations/{}"),
    ("properties", ("v3",), "crm/{}/properties"),
    ("properties", DATED, "crm/properties/{}"),
    ("owners", ("v3",), "crm/{}/owners"),
    ("owners", DATED, "crm/owners/{}"),
    ("lists", ("v3",), "crm/{}/lists"),
    ("lists", DATED, "crm/lists/{}"),
    ("imports", ("v3",), "crm/{}/imports"),
    ("imports", DATED, "crm/imports/{}"),
    ("schemas", ("v3",), "crm/{}/schemas"),
    ("schemas", ("v3", *DATED), "crm-object-schemas/{}/schemas"),
    ("oauth", ("v1", "v3", *DATED), "oauth/{}"),
    ("preferences", ("v3",), "communication-preferences/{}"),
    ("preferences4", ("v4", *DATED), "communication-preferences/{}"),
    ("account", ("v3", *DATED), "account-info/{}"),
    ("forms", ("v3",), "submissions/{}/integration"),
    ("submissions", ("v1",), "form-integrations/{}/submissions"),
)
"""API, its versions, and the beginning of its paths with `{}` for the version."""

FREE: frozenset[str] = frozenset()
USUAL = frozenset({"daily", "burst"})
SEARCH = frozenset({"daily", "search"})
DAILY = frozenset({"daily"})


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. `scope` is a pattern such as `crm.objects.{}.read`; `None`: no token is needed at all."""

    method: str
    template: str
    kind: str
    scope: str | None
    handler: Handler
    policies: frozenset[str] = USUAL


@dataclass(frozen=True, slots=True)
class Match:
    """A route that fits a request, with what the path named."""

    route: Route
    version: str
    path: dict[str, str]


_READ, _WRITE = "crm.objects.{}.read", "crm.objects.{}.write"
_SCHEMA_READ, _SCHEMA_WRITE = "crm.schemas.{}.read", "crm.schemas.{}.write"

_ROUTES: dict[str, tuple[Route, ...]] = {
    "objects": (
        Route("POST", "{type}/search", "search", _READ, search_api.search, SEARCH),
        Route("POST", "{type}/merge", "merge", _WRITE, objects_api.merge_two),
        Route("POST", "{type}/gdpr-delete", "gdpr_delete", _WRITE, objects_api.gdpr_delete),
        Route("POST", "{type}/batch/create", "batch_create", _WRITE, batch_api.create),
        Route("POST", "{type}/batch/read", "batch_read", _READ, batch_api.read),
        Route("POST", "{type}/batch/update", "batch_update", _WRITE, batch_api.update),
        Route("POST", "{type}/batch/upsert", "batch_upsert", _WRITE, batch_api.upsert),
        Route("POST", "{type}/batch/archive", "batch_archive", _WRITE, batch_api.archive),
        Route("GET", "{type}", "list", _READ, objects_api.list_page),
        Route("POST", "{type}", "create", _WRITE, objects_api.create),
        Route("GET", "{type}/{id}", "read", _READ, objects_api.read),
        Route("PATCH", "{type}/{id}", "update", _WRITE, objects_api.update),
        Route("DELETE", "{type}/{id}", "archive", _WRITE, objects_api.archive),
    ),
    "pairs": (
        Route("PUT", "{type}/{id}/associations/default/{to}/{to_id}", "associate", _WRITE, associations_api.put_default),
        Route("GET", "{type}/{id}/associations/{to}", "list_associations", _READ, associations_api.list_of_one),
        Route("PUT", "{type}/{id}/associations/{to}/{to_id}", "associate", _WRITE, associations_api.put_labels),
        Route("DELETE", "{type}/{id}/associations/{to}/{to_id}", "dissociate", _WRITE, associations_api.delete_pair),
    ),
    "associations": (
        Route("POST", "{type}/{to}/batch/create", "batch_associate", _WRITE, associations_api.batch_create, DAILY),
        Route("POST", "{type}/{to}/batch/associate/default", "batch_associate", _WRITE, associations_api.batch_default, DAILY),
        Route("POST", "{type}/{to}/batch/read", "batch_read_associations", _READ, associations_api.batch_read, DAILY),
        Route("POST", "{type}/{to}/batch/archive", "batch_dissociate", _WRITE, associations_api.batch_archive, DAILY),
        Route("POST", "{type}/{to}/batch/labels/archive", "batch_dissociate", _WRITE, associations_api.batch_archive_labels, DAILY),
        Route("GET", "{type}/{to}/labels", "labels", _READ, associations_api.list_labels, DAILY),
        Route("POST", "{type}/{to}/labels", "labels", _WRITE, associations_api.create_label, DAILY),
    ),
    "properties": (
        Route("GET", "{type}/groups", "property_groups", _SCHEMA_READ, properties_api.list_groups),
        Route("POST", "{type}/groups", "property_groups", _SCHEMA_WRITE, properties_api.create_group),
        Route("POST", "{type}/batch/create", "properties_write", _SCHEMA_WRITE, properties_api.batch_create),
        Route("POST", "{type}/batch/read", "properties", _SCHEMA_READ, properties_api.batch_read),
        Route("POST", "{type}/batch/archive", "properties_write", _SCHEMA_WRITE, properties_api.batch_archive),
        Route("GET", "{type}", "properties", _SCHEMA_READ, properties_api.list_all),
        Route("POST", "{type}", "properties_write", _SCHEMA_WRITE, properties_api.create),
        Route("GET", "{type}/{name}", "properties", _SCHEMA_READ, properties_api.read),
        Route("PATCH", "{type}/{name}", "properties_write", _SCHEMA_WRITE, properties_api.update),
        Route("DELETE", "{type}/{name}", "properties_write", _SCHEMA_WRITE, properties_api.archive),
    ),
    "owners": (
        Route("GET", "", "owners", "crm.objects.owners.read", owners_api.list_page),
        Route("GET", "{id}", "owners", "crm.objects.owners.read", owners_api.read),
    ),
    "lists": (
        Route("POST", "search", "lists", "crm.lists.read", lists_api.search),
        Route("GET", "", "lists", "crm.lists.read", lists_api.list_several),
        Route("POST", "", "lists", "crm.lists.write", lists_api.create),
        Route("GET", "{id}", "lists", "crm.lists.read", lists_api.read),
        Route("DELETE", "{id}", "lists", "crm.lists.write", lists_api.delete),
        Route("PUT", "{id}/restore", "lists", "crm.lists.write", lists_api.restore),
        Route("GET", "{id}/memberships", "memberships", "crm.lists.read", lists_api.members),
        Route("DELETE", "{id}/memberships", "memberships", "crm.lists.write", lists_api.clear),
        Route("PUT", "{id}/memberships/add", "memberships", "crm.lists.write", lists_api.add),
        Route("PUT", "{id}/memberships/remove", "memberships", "crm.lists.write", lists_api.remove),
        Route("PUT", "{id}/memberships/add-and-remove", "memberships", "crm.lists.write", lists_api.add_and_remove),
    ),
    "imports": (
        Route("POST", "", "imports", "crm.import", imports_api.start),
        Route("GET", "", "imports", "crm.import", imports_api.list_all),
        Route("GET", "{id}", "imports", "crm.import", imports_api.read),
        Route("POST", "{id}/cancel", "imports", "crm.import", imports_api.cancel),
        Route("GET", "{id}/errors", "imports", "crm.import", imports_api.errors),
    ),
    "schemas": (
        Route("GET", "", "schemas", "crm.schemas.custom.read", schemas_api.list_all, DAILY),
        Route("POST", "", "schemas", "crm.schemas.custom.write", schemas_api.create, DAILY),
        Route("GET", "{type}", "schemas", "crm.schemas.custom.read", schemas_api.read, DAILY),
        Route("DELETE", "{type}", "schemas", "crm.schemas.custom.write", schemas_api.delete, DAILY),
    ),
    "oauth": (
        Route("POST", "token", "oauth", None, oauth_api.token, FREE),
        Route("POST", "introspect", "oauth", None, oauth_api.introspect, FREE),
        Route("POST", "token/introspect", "oauth", None, oauth_api.introspect, FREE),
        Route("POST", "revoke", "oauth", None, oauth_api.revoke, FREE),
        Route("POST", "token/revoke", "oauth", None, oauth_api.revoke, FREE),
    ),
    "preferences": (
        Route("GET", "definitions", "subscriptions", "communication_preferences.read", preferences_api.definitions),
        Route("GET", "status/email/{email}", "subscriptions", "communication_preferences.read", preferences_api.status_v3),
        Route("POST", "subscribe", "subscriptions", "communication_preferences.write", preferences_api.subscribe_v3),
        Route("POST", "unsubscribe", "subscriptions", "communication_preferences.write", preferences_api.unsubscribe_v3),
    ),
    "preferences4": (
        Route("GET", "definitions", "subscriptions", "communication_preferences.read", preferences_api.definitions),
        Route("GET", "statuses/{email}", "subscriptions", "communication_preferences.read", preferences_api.statuses),
        Route("POST", "statuses/{email}", "subscriptions", "communication_preferences.write", preferences_api.set_status),
        Route("GET", "statuses/{email}/unsubscribe-all", "subscriptions", "communication_preferences.read", preferences_api.opted_out),
        Route("POST", "statuses/{email}/unsubscribe-all", "subscriptions", "communication_preferences.write", preferences_api.opt_out),
    ),
    "account": (
        Route("GET", "details", "account", "", account_api.details),
        Route("GET", "api-usage/daily/private-apps", "account", "", account_api.daily_usage),
    ),
    "forms": (
        Route("POST", "submit/{portal}/{form}", "forms", None, forms_api.submit, FREE),
        Route("POST", "secure/submit/{portal}/{form}", "forms", "forms", forms_api.submit_secure),
    ),
    "submissions": (Route("GET", "forms/{form}", "submissions", "forms", submissions_api.list_page),),
}


def match(method: str, segments: list[str], versions_off: list[str]) -> Match | None:
    """The route that fits a method and decoded path segments; `None` for unknown paths and versions that are off."""
    parts = tuple(segments)
    for length in range(2, 5):
        for api, version in _BY_PREFIX.get(parts[:length], ()) if len(parts) >= length else ():
            rest = parts[length:]
            for route, template in _BY_SHAPE.get((api, method, len(rest)), ()):
                path = _fit(template, rest)
                if path is not None and version not in versions_off:
                    return Match(route, version, path)
    return None


def _fit(template: tuple[str, ...], rest: tuple[str, ...]) -> dict[str, str] | None:
    path = {}
    for wanted, found in zip(template, rest, strict=True):
        if wanted.startswith("{"):
            path[wanted[1:-1]] = found
        elif wanted != found:
            return None
    return path


def _by_prefix() -> dict[tuple[str, ...], list[tuple[str, str]]]:
    found: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for api, versions, template in _PREFIXES:
        for version in versions:
            found[tuple(template.format(version).split("/"))].append((api, version))
    return dict(found)


def _by_shape() -> dict[tuple[str, str, int], list[tuple[Route, tuple[str, ...]]]]:
    found: dict[tuple[str, str, int], list[tuple[Route, tuple[str, ...]]]] = defaultdict(list)
    for api, routes in _ROUTES.items():
        for route in routes:
            template = tuple(route.template.split("/")) if route.template else ()
            found[api, route.method, len(template)].append((route, template))
    return dict(found)


_BY_PREFIX = _by_prefix()
_BY_SHAPE = _by_shape()
