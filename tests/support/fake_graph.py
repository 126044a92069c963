"""A Graph API in a few lines, without HTTP, for the Meta Lead Ads connector's own tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.meta_lead_ads.connector import MetaLeadAds
from connectors.meta_lead_ads.settings import MetaLeadAdsSettings
from core.contract import Context, Cursor, ObjectName, Page, Request, Response, Unavailable
from core.contract.http import ErrorRow

LEADGEN = ObjectName("leadgen")
START = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


def graph_error(code: int, subcode: int | None = None, message: str = "no", status: int = 400, **more: Any) -> Response:
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "AbC", **more}
    return Response(status, {"content-type": "application/json"}, json.dumps({"error": {**error, "error_subcode": subcode}}).encode())


class FakeGraph:
    """The few nodes and edges that the connector uses, with Meta's order, filter and page cursors."""

    def __init__(self, page_size: int = 2) -> None:
        self.page_size = page_size
        self.leads: dict[str, dict[str, Any]] = {}
        self.forms: dict[str, dict[str, Any]] = {}
        self.apps: list[Any] = [{"id": "5", "subscribed_fields": ["leadgen"]}]
        self.requests: list[Request] = []
        self.refuse: Callable[[Request], Response | None] = lambda request: None

    def form(self, form_id: str, *, status: str = "ACTIVE", questions: Sequence[dict[str, Any]] = ()) -> None:
        self.forms[form_id] = {"id": form_id, "name": f"Form {form_id}", "status": status, "questions": list(questions)}

    def lead(self, lead_id: str, form_id: str, minute: int, **more: Any) -> None:
        moment = START + timedelta(minutes=minute)
        self.leads[lead_id] = {
            "id": lead_id,
            "form_id": form_id,
            "created_time": moment.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "field_data": [{"name": "email", "values": [f"p{lead_id}@example.com"]}],
            **more,
        }

    def send(self, request: Request, rows: Sequence[ErrorRow] = ()) -> Response:
        self.requests.append(request)
        response = self.refuse(request) or self._answer(request)
        if response.status < 400:
            return response
        raise next(error for error in [*(row(response) for row in rows), Unavailable()] if error is not None)

    def _answer(self, request: Request) -> Response:
        version, *path = request.url.strip("/").split("/")
        assert version == "v26.0"
        params = dict(request.params)
        match path:
            case ["11"]:
                return self._json({"id": "11", "name": "Example page"})
            case ["11", "subscribed_apps"]:
                return self._json({"data": self.apps})
            case ["11", "leadgen_forms"]:
                return self._list(list(self.forms.values()), params)
            case [form_id, "leads"] if form_id in self.forms:
                return self._list(self._leads_of(form_id, params), params)
            case [node] if node in self.leads or node in self.forms:
                return self._json(self.leads.get(node) or self.forms[node])
        return graph_error(100, 33)

    def _leads_of(self, form_id: str, params: dict[str, str]) -> list[dict[str, Any]]:
        bounds = json.loads(params.get("filtering", "[]"))
        after = bounds[0]["value"] if bounds else -1
        found = [lead for lead in self.leads.values() if lead["form_id"] == form_id]
        found = [lead for lead in found if datetime.fromisoformat(lead["created_time"]).timestamp() > after]
        return sorted(found, key=lambda lead: (lead["created_time"], lead["id"]), reverse=True)

    def _list(self, nodes: list[dict[str, Any]], params: dict[str, str]) -> Response:
        start = int(params.get("after", "0"))
        end = start + self.page_size
        paging: dict[str, Any] = {"cursors": {"before": "x", "after": str(end)}}
        if end < len(nodes):
            paging["next"] = "https://graph.facebook.com/next?access_token=secret"
        return self._json({"data": nodes[start:end], "paging": paging})

    def _json(self, body: object) -> Response:
        return Response(200, {"content-type": "application/json"}, json.dumps(body).encode())


def meta(graph: FakeGraph, **changes: Any) -> MetaLeadAds:
    settings = {"page_id": "11", "page_access_token": "t", "app_secrets": ["s"], "verify_token": "a-word-of-ours-16", **changes}
    nothing: Any = object()
    return MetaLeadAds(MetaLeadAdsSettings.model_validate(settings), Context(http=graph, clock=nothing, sdk=nothing))


def ids(pages: Sequence[Page]) -> list[str]:
    return [change.id for page in pages for change in page.changes]


def read(connector: MetaLeadAds, since: Cursor | None = None) -> list[Page]:
    return list(connector.read(LEADGEN, since))


def two_forms() -> FakeGraph:
    """Two forms with five leads each, whose times overlap."""
    graph = FakeGraph()
    graph.form("31")
    graph.form("32")
    for number in range(5):
        graph.lead(f"10{number}", "31", number)
        graph.lead(f"20{number}", "32", number * 20)
    return graph
