"""How pages, forms and leads look in Graph: their fields, and the default selection when `fields` is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.meta_graph.reading import Selection, parse_fields, select
from sandbox.meta_graph.state import APP_ID, Form, Graph, Lead, Page

LEAD_FACTS = (
    *("ad_id", "ad_name", "adset_id", "adset_name", "campaign_id", "campaign_name", "custom_disclaimer_responses", "home_listing"),
    *("is_organic", "partner_name", "platform", "post", "post_submission_check_result", "retailer_item_id", "vehicle"),
)
"""The optional fields of a lead (Graph reference, "Lead")."""
LEAD_FIELDS = ("id", "created_time", "field_data", "form_id", *LEAD_FACTS)
FORM_FIELDS = (
    *("id", "name", "status", "locale", "page", "page_id", "questions", "tracking_parameters", "created_time"),
    *("leads_count", "expired_leads_count", "organic_leads_count"),
)
PAGE_FIELDS = ("id", "name", "category", "link")
SUBSCRIBED_APP_FIELDS = ("id", "name", "category", "link", "subscribed_fields")


def selection_of(fields: str | None, default: str) -> Selection:
    """The selection that a request asks for; Graph's small default when it asks for none."""
    return parse_fields(fields or default)


def render_lead(lead: Lead, fields: str | None) -> dict[str, Any]:
    """A lead; without `fields` it is only id, time and answers."""
    node = {"id": lead.id, "created_time": graph_time(lead.created), "form_id": lead.form_id, "field_data": lead.field_data, **lead.facts}
    return select(node, LEAD_FIELDS, selection_of(fields, "created_time,id,field_data"), "LeadgenData")


def render_form(graph: Graph, form: Form, fields: str | None, now: datetime) -> dict[str, Any]:
    """A form with its counts at `now`; leads past their 90 days move from `leads_count` to `expired_leads_count`."""
    leads = graph.leads_of(form.id)
    expired = sum(1 for lead in leads if lead.is_expired(int(now.timestamp())))
    node = {
        "id": form.id,
        "name": form.name,
        "status": form.status,
        "locale": form.locale,
        "page": {"id": form.page_id, "name": graph.page(form.page_id).name},
        "page_id": form.page_id,
        "questions": form.questions,
        "tracking_parameters": [{"key": key, "value": value} for key, value in form.tracking_parameters.items()],
        "created_time": graph_time(form.created),
        "leads_count": len(leads) - expired,
        "expired_leads_count": expired,
        "organic_leads_count": sum(1 for lead in leads if lead.facts.get("is_organic")),
    }
    return select(node, FORM_FIELDS, selection_of(fields, "id,name,status,locale"), "LeadGenForm")


def render_page(page: Page, fields: str | None) -> dict[str, Any]:
    """A Page, as also `/me` gives it to a Page token."""
    node = {"id": page.id, "name": page.name, "category": "Business Service", "link": f"https://www.facebook.com/{page.id}"}
    return select(node, PAGE_FIELDS, selection_of(fields, "id,name"), "Page")


def render_installations(page: Page, fields: str | None) -> dict[str, Any]:
    """The apps that a Page has installed: ours, or none."""
    if not page.installed_fields:
        return {"data": []}
    node = {
        "id": APP_ID,
        "name": "Sandbox app",
        "category": "Business",
        "link": "https://example.com/",
        "subscribed_fields": sorted(page.installed_fields),
    }
    return {"data": [select(node, SUBSCRIBED_APP_FIELDS, selection_of(fields, "category,link,name,id,subscribed_fields"), "Application")]}


def graph_time(seconds: int) -> str:
    """Graph's own ISO spelling: an offset without a colon."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
