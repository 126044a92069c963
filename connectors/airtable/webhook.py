"""The webhook of a base: its ping, which says only that something changed, and its life at Airtable."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from connectors.airtable.settings import AirtableSettings
from core.contract import Event, InboundRequest, Invalid, JsonObject, Outcome, Reply, Subscription, json_object
from core.contract.signatures import AIRTABLE, verify

_MAKE_AGAIN = "Make a webhook again as the connector's README shows, and put its id and secret in place; the base is polled until then."


def verify_ping(request: InboundRequest, settings: AirtableSettings) -> None:
    """Check the MAC against every secret; raises SignatureInvalid."""
    verify(AIRTABLE, request, [secret.get_secret_value() for secret in settings.mac_secrets])


def parse_ping(request: InboundRequest, settings: AirtableSettings) -> Sequence[Event]:
    """Read a ping (Web API, 'Webhooks overview'): it names base and webhook and nothing of what changed; raises Invalid."""
    base = json_object(request.body, "ping").get("base")
    if not isinstance(base, dict) or base.get("id") != settings.base:
        raise Invalid("The ping is not about this base.", field="base")
    return [Event(f"ping:{hashlib.sha256(request.body).hexdigest()}", look=True)]


def answer_ping(outcome: Outcome) -> Reply:
    """Acknowledge with an empty answer, as Airtable expects."""
    return Reply({Outcome.STORED: 204, Outcome.REFUSED: 401, Outcome.INVALID: 422, Outcome.UNAVAILABLE: 503}[outcome])


def subscription_of(webhook_id: str, listed: Sequence[JsonObject], now: datetime) -> Subscription:
    """How a webhook stands by the list of the base's webhooks."""
    name = f"Webhook {webhook_id}"
    found = next((each for each in listed if each.get("id") == webhook_id), None)
    if found is None:
        return Subscription(webhook_id, name, None, healthy=False, note="Airtable has no such webhook", renews=False, hint=_MAKE_AGAIN)
    ends = _moment(found.get("expirationTime"))
    if ends is not None and ends <= now:
        return Subscription(webhook_id, name, ends, healthy=False, note="it has expired", renews=False, hint=_MAKE_AGAIN)
    if found.get("isHookEnabled") is False or found.get("areNotificationsEnabled") is False:
        return Subscription(webhook_id, name, ends, healthy=False, note="Airtable has switched its notifications off")
    return Subscription(webhook_id, name, ends)


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
