"""What each node and edge of Graph answers, once version and token are settled."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.meta_graph.hooks import Hooks
from sandbox.meta_graph.nodes import render_form, render_installations, render_lead, render_page
from sandbox.meta_graph.reading import paged, parse_filters, parse_slice
from sandbox.meta_graph.refusals import bad_parameter, missing_scope, no_field, not_found
from sandbox.meta_graph.state import Form, Graph, Lead, Page, Token
from sandbox.meta_graph.submission import Submission, submit_test
from sandbox.wire import Request


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated call: the parameters of query and body, the token and what it is good for."""

    request: Request
    params: Mapping[str, str]
    key: str
    token: Token
    now: datetime

    @property
    def fields(self) -> str | None:
        """The `fields` parameter."""
        return self.params.get("fields")

    def need(self, scope: str) -> None:
        """Raise `GraphError` 200 when the token lacks a permission."""
        if scope not in self.token.scopes:
            raise missing_scope(scope)


class Edges:
    """Answer calls on pages, forms and leads. A node of another Page than the token's is as good as absent (100/33)."""

    def __init__(self, graph: Graph, hooks: Hooks) -> None:
        self._graph = graph
        self._hooks = hooks
        self._form_edges: Mapping[tuple[str, str], Callable[[Call, Form], Any]] = {
            ("GET", "leads"): self._list_leads,
            ("GET", "test_leads"): self._list_test_leads,
            ("POST", "test_leads"): self._make_test_lead,
            ("DELETE", "test_leads"): self._drop_test_lead,
        }
        self._page_edges: Mapping[tuple[str, str], Callable[[Call, Page], Any]] = {
            ("GET", "leadgen_forms"): self._list_forms,
            ("GET", "subscribed_apps"): lambda call, page: render_installations(page, call.fields),
            ("POST", "subscribed_apps"): self._install,
            ("DELETE", "subscribed_apps"): self._uninstall,
        }

    def page_charged(self, node: str, edge: str | None) -> str | None:
        """The Page whose LeadGen quota a call uses; `None` for calls that are not about leads."""
        if node in self._graph.forms:
            return self._graph.forms[node].page_id
        if node in self._graph.leads:
            return self._graph.leads[node].page_id
        return node if edge == "leadgen_forms" and node in self._graph.pages else None

    def answer(self, call: Call, node: str, edge: str | None) -> Any:
        """The JSON of one call, or `GraphError`."""
        node = call.token.page_id if node == "me" else node
        if node in self._graph.forms:
            return self._on_form(call, self._graph.forms[node], edge)
        if node in self._graph.leads:
            return self._on_lead(call, self._graph.leads[node], edge)
        if node in self._graph.pages:
            return self._on_page(call, self._graph.pages[node], edge)
        raise not_found(node, call.request.method.lower())

    def _on_form(self, call: Call, form: Form, edge: str | None) -> Any:
        self._check_reach(call, form.page_id, form.id)
        if edge is not None:
            return self._on_edge(self._form_edges, call, form, edge)
        self._check_reading(call, form.id)
        return render_form(self._graph, form, call.fields, call.now)

    def _on_lead(self, call: Call, lead: Lead, edge: str | None) -> Any:
        self._check_reach(call, lead.page_id, lead.id)
        if edge is not None:
            raise no_field(edge, "LeadgenData")
        if call.request.method == "DELETE" and lead.is_test:
            self._graph.drop_test_lead(lead.form_id)
            return {"success": True}
        self._check_reading(call, lead.id)
        call.need("leads_retrieval")
        if not self._is_visible(lead, call.now, self._graph.settings.reading_lag_seconds):
            raise not_found(lead.id)
        return render_lead(lead, call.fields)

    def _on_page(self, call: Call, page: Page, edge: str | None) -> Any:
        self._check_reach(call, page.id, page.id)
        if edge is not None:
            return self._on_edge(self._page_edges, call, page, edge)
        self._check_reading(call, page.id)
        return render_page(page, call.fields)

    def _on_edge(self, edges: Mapping[tuple[str, str], Callable[[Call, Any], Any]], call: Call, node: Form | Page, edge: str) -> Any:
        answer = edges.get((call.request.method, edge))
        if answer is not None:
            return answer(call, node)
        if call.request.method == "GET":
            raise no_field(edge, "LeadGenForm" if isinstance(node, Form) else "Page")
        raise not_found(node.id, call.request.method.lower())

    def _list_leads(self, call: Call, form: Form) -> Any:
        """Newest first; a lead shows `listing_lag_seconds` after its submission, so late ones appear behind a cursor."""
        call.need("leads_retrieval")
        passes = parse_filters(call.params.get("filtering"))
        lag = self._graph.settings.listing_lag_seconds
        seen = [lead for lead in reversed(self._graph.leads_of(form.id)) if passes(lead.created) and self._is_visible(lead, call.now, lag)]
        wanted = parse_slice(call.request, self._graph.settings.largest_page)
        return paged([(lead.position, lead) for lead in seen], lambda lead: render_lead(lead, call.fields), wanted, call.request, call.key)

    def _list_forms(self, call: Call, page: Page) -> Any:
        forms = [form for form in self._graph.forms.values() if form.page_id == page.id]
        rows = [(place, form) for place, form in enumerate(forms, start=1)][::-1]
        wanted = parse_slice(call.request, self._graph.settings.largest_page)
        return paged(rows, lambda form: render_form(self._graph, form, call.fields, call.now), wanted, call.request, call.key)

    def _list_test_leads(self, call: Call, form: Form) -> Any:
        call.need("leads_retrieval")
        lead = self._graph.test_lead_of(form.id)
        return {"data": [render_lead(lead, call.fields)] if lead else []}

    def _make_test_lead(self, call: Call, form: Form) -> Any:
        """One per form at a time; the push for it goes out like any other."""
        call.need("leads_retrieval")
        if self._graph.test_lead_of(form.id) is not None:
            raise bad_parameter("This form has a test lead already; delete it first.")
        facts = {name: _json(call, name) for name in ("custom_disclaimer_responses",) if name in call.params}
        try:
            lead = submit_test(self._graph, form, Submission(_json(call, "field_data") or [], facts, int(call.now.timestamp())))
        except (ValueError, LookupError, TypeError) as problem:
            raise bad_parameter(str(problem)) from problem
        self._hooks.announce(lead, call.now)
        return {"id": lead.id}

    def _drop_test_lead(self, call: Call, form: Form) -> Any:
        call.need("leads_retrieval")
        self._graph.drop_test_lead(form.id)
        return {"success": True}

    def _install(self, call: Call, page: Page) -> Any:
        call.need("pages_manage_metadata")
        fields = {field for field in call.params.get("subscribed_fields", "").replace(" ", "").split(",") if field}
        if not fields:
            raise bad_parameter("The parameter subscribed_fields is required")
        page.installed_fields = fields
        return {"success": True}

    def _uninstall(self, call: Call, page: Page) -> Any:
        call.need("pages_manage_metadata")
        page.installed_fields = set()
        return {"success": True}

    def _check_reach(self, call: Call, page_id: str, identifier: str) -> None:
        if page_id != call.token.page_id:
            raise not_found(identifier, call.request.method.lower())

    def _check_reading(self, call: Call, identifier: str) -> None:
        if call.request.method != "GET":
            raise not_found(identifier, call.request.method.lower())

    def _is_visible(self, lead: Lead, now: datetime, lag_seconds: float) -> bool:
        return now.timestamp() >= lead.created + lag_seconds and not lead.is_expired(int(now.timestamp()))


def _json(call: Call, name: str) -> Any:
    try:
        return json.loads(call.params.get(name) or "null")
    except ValueError:
        raise bad_parameter(f"param {name} must be JSON") from None
