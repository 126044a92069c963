"""Turn an entry of a push of TikTok into a change: ids as text, times in UTC, answers by the form's own field names."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from core.contract import Change, Flag, Invalid, JsonObject, JsonValue, NativeId, ObjectName

LEAD = ObjectName("lead")
IDS = ("form_id", "advertiser_id", "campaign_id", "adgroup_id", "ad_id")
"""What an entry tells besides the lead's own id; the form is called `page_id` there."""
_LONGEST_ID = 40
_LAST_SECOND = 253_402_300_799
"""The end of the year 9999, the last that a datetime can hold."""


def read_lead(entry: JsonValue, test_domains: Collection[str]) -> Change:
    """Turn one entry into a change; raises Invalid when it names no lead.

    A lead is sent once and does not change, so there is no version. Pushes tell ids as numbers of 19 digits, more than a
    floating-point number holds: one that came as such is refused, for it names another lead.
    """
    node = entry if isinstance(entry, dict) else {}
    native_id = text_id(node.get("id"))
    if native_id is None:
        raise Invalid("An entry of the push names no lead.", field="id")
    moment = _moment(node.get("create_time"))
    answers = _answers(node.get("changes"))
    source = node.get("lead_source")
    fields: JsonObject = {
        "lead_id": native_id,
        **{name: text_id(node.get("page_id" if name == "form_id" else name)) for name in IDS},
        "lead_source": source if isinstance(source, str) else None,
        "submitted_at": moment.isoformat() if moment else None,
        "answers": answers,
    }
    flag = Flag.TEST if _is_at(answers.get("email"), test_domains) else Flag.NONE
    return Change(LEAD, NativeId(native_id), fields, changed_at=moment, flag=flag)


def text_id(value: JsonValue) -> str | None:
    """An id as text, whether it came as a whole number or as text; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**30:
        return str(value)
    usable = isinstance(value, str) and value.isascii() and value.isalnum() and len(value) <= _LONGEST_ID
    return value if usable and isinstance(value, str) else None


def _answers(changes: JsonValue) -> JsonObject:
    """Answers by field. One that comes more than once has all its values, in their order."""
    told: dict[str, list[JsonValue]] = {}
    for change in changes if isinstance(changes, list) else []:
        name = change.get("field") if isinstance(change, dict) else None
        if isinstance(name, str) and name.strip() and isinstance(change, dict):
            told.setdefault(name.strip(), []).append(change.get("value"))
    return {name: values[0] if len(values) == 1 else values for name, values in told.items()}


def _moment(value: JsonValue) -> datetime | None:
    """Seconds since 1970, as a number or as text."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LAST_SECOND else value
    if not isinstance(text, str) or not (text.isascii() and text.isdigit() and len(text) <= 12 and int(text) <= _LAST_SECOND):
        return None
    return datetime.fromtimestamp(int(text), UTC)


def _is_at(email: JsonValue, domains: Collection[str]) -> bool:
    return isinstance(email, str) and email.rpartition("@")[2].strip().lower() in {domain.lower() for domain in domains}
