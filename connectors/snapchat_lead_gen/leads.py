"""Turn a lead as Snap pushes it into a change: its flat fields under Snap's names, its time in UTC."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from core.contract import Change, Flag, Invalid, JsonObject, JsonValue, NativeId, ObjectName

LEAD = ObjectName("lead")
ALWAYS = (
    *("lead_id", "form_id", "form_name", "ad_account_id", "campaign_id", "campaign_name"),
    *("ad_squad_id", "ad_squad_name", "ad_id", "ad_name"),
)
"""What every push carries, besides the time."""
_LONGEST_ID = 200
_LAST_MILLISECOND = 253_402_300_799_000
"""The end of the year 9999, the last that a datetime can hold."""


def read_lead(document: JsonObject, test_domains: Collection[str]) -> Change:
    """Turn a push into a change; raises Invalid when it names no lead.

    All fields keep Snap's names; ids are text, `submitted_at` is the time of `create_time`. A lead is sent once and does
    not change, so there is no version. Snap's test button sends one and the same invented person, known by the address.
    """
    native_id = _text_id(document.get("lead_id"))
    if native_id is None:
        raise Invalid("The push names no lead.", field="lead_id")
    ids = {name: str(document[name]) for name in ALWAYS if name.endswith("_id") and _is_number(document.get(name))}
    moment = _moment(document.get("create_time"))
    told: JsonObject = {"submitted_at": moment.isoformat() if moment else None, "lead_id": native_id}
    flag = Flag.TEST if _is_at(document.get("email"), test_domains) else Flag.NONE
    return Change(LEAD, NativeId(native_id), {**document, **ids, **told}, changed_at=moment, flag=flag)


def _text_id(value: JsonValue) -> str | None:
    text = str(value) if _is_number(value) else value
    return text if isinstance(text, str) and text.isascii() and text.isprintable() and 0 < len(text) <= _LONGEST_ID else None


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30


def _moment(value: JsonValue) -> datetime | None:
    """Milliseconds since 1970, which Snap sends as text."""
    text = str(value) if _is_number(value) else value
    if not isinstance(text, str) or not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text) <= _LAST_MILLISECOND):
        return None
    return datetime.fromtimestamp(int(text) / 1000, UTC)


def _is_at(email: JsonValue, domains: Collection[str]) -> bool:
    return isinstance(email, str) and email.rpartition("@")[2].strip().lower() in {domain.lower() for domain in domains}
