"""The JSON Schema of mapping files, made of the language's words: with it an editor completes and checks while one types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.flow.mapping.words import ACCEPT, EXAMPLE, INBOUND_LINE, INBOUND_TOP, MEMBER, REJECT, SYNC_LINE, SYNC_TOP, Word, kinds, steps
from core.model.vocabulary import FIELDS, Subject


def mapping_schema() -> dict[str, Any]:
    """Build the schema (draft 7, which editors understand)."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Leadloom mapping",
        "description": "One flow: a source's records to leads (inbound), or leads and an object of a CRM (sync).",
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": ["inbound", "sync"], "description": INBOUND_TOP[0].meaning}},
        "if": {"properties": {"kind": {"const": "inbound"}}},
        "then": _block(INBOUND_TOP),
        "else": _block(SYNC_TOP),
        "definitions": {
            "inbound_fields": {
                "type": "object",
                "minProperties": 1,
                "properties": _golden_fields(),
                "patternProperties": {"^x_": {"$ref": "#/definitions/inbound_line"}},
                "additionalProperties": False,
            },
            "sync_fields": {"type": "object", "minProperties": 1, "additionalProperties": {"$ref": "#/definitions/sync_line"}},
            "inbound_line": _line(INBOUND_LINE, "email: field_data.email | trim | lower"),
            "sync_line": _line(SYNC_LINE, "Email: email"),
            "kind": kinds(),
            "step": steps(),
            "member": _block(MEMBER),
            "example": _block(EXAMPLE),
            "accept": _block(ACCEPT),
            "reject": _block(REJECT),
        },
    }


def _golden_fields() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for subject in Subject:
        for name, kind in FIELDS[subject].items():
            found.setdefault(name, {"$ref": "#/definitions/inbound_line", "description": f"{subject}: {kind}"})
    return found


def _line(words: Sequence[Word], example: str) -> dict[str, Any]:
    short = {"type": "string", "description": f"A path, and transforms behind it: `{example}`"}
    return {"anyOf": [short, _block(words)]}


def _block(words: Sequence[Word]) -> dict[str, Any]:
    needed = [word.name for word in words if word.needed]
    properties = {word.name: {**word.schema, "description": _told(word)} for word in words}
    block: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**block, "required": needed} if needed else block


def _told(word: Word) -> str:
    return f"{word.meaning}. Default: {word.default}." if word.default else f"{word.meaning}."
