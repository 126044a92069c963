"""Turn a post of Jotform into a change: answers by the question's unique name and by its number."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime

from core.contract import Change, Invalid, JsonObject, NativeId, ObjectName, Version, json_object

SUBMISSION = ObjectName("submission")
_QUESTION = re.compile(r"q([0-9]{1,6})_(.+)", re.DOTALL)
_LONGEST_ID = 40


def read_submission(parts: Mapping[str, str], received_at: datetime) -> Change:
    """Turn the parts of a post into a change; raises Invalid when it has no id or no readable answers.

    Answers are read from `rawRequest`: `pretty` cannot be taken apart when a label holds a comma or a colon. The names
    of the questions are theirs without the number in front. What else stands there (times, paths, trackers) is noise
    that differs between two posts of the same submission, and `webhookURL` would tell our own token: both are left out.

    An edited submission comes with the same id; its version, a hash of the answers, makes it another state of the record.
    """
    native_id = parts.get("submissionID", "")
    if not native_id.isalnum() or len(native_id) > _LONGEST_ID:
        raise Invalid("The post carries no submission id.", field="submissionID")
    raw = json_object(parts.get("rawRequest", ""), "post's list of answers", field="rawRequest")
    questions = [(found[1], found[2], value) for name, value in raw.items() if (found := _QUESTION.fullmatch(name))]
    answers: JsonObject = {}
    numbers: JsonObject = {}
    for number, name, value in questions:
        answers.setdefault(name, value)
        numbers[number] = value
    fields: JsonObject = {
        "id": native_id,
        "form": {"id": parts.get("formID"), "title": parts.get("formTitle")},
        "ip": parts.get("ip") or None,
        "answers": answers,
        "questions": numbers,
    }
    canonical = json.dumps(numbers, sort_keys=True, separators=(",", ":"))
    version = Version(hashlib.sha256(canonical.encode("ascii")).hexdigest()[:32])
    return Change(SUBMISSION, NativeId(native_id), fields, version=version, changed_at=received_at)
