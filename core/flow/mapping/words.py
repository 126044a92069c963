"""The words of the mapping language, each with its meaning: what the reader allows, the editor's schema offers and the reference lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.flow.mapping.model import Authority, Direction, Doubles, OnDelete, Unlisted
from core.flow.mapping.transforms import TRANSFORMS
from core.model.records import OnMerge
from core.model.vocabulary import Kind, Subject

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"anyOf": [{"type": ["string", "integer"]}, {"type": "array", "items": {"type": ["string", "integer"]}}]}
VALUE: Schema = {"type": ["string", "number", "boolean"]}
FLAG: Schema = {"type": "boolean"}
BLOCK: Schema = {"type": "object"}
LINE_AUTHORITIES = tuple(each for each in Authority if each is not Authority.STAGES)
SOURCE_AUTHORITIES = (Authority.NEWEST, Authority.MOST_COMPLETE, Authority.MOST_FREQUENT)


def _one_of(words: Any) -> Schema:
    return {"enum": [str(word) for word in words]}


@dataclass(frozen=True, slots=True)
class Word:
    """A key of the language: what it means, what may stand there, and what holds without it."""

    name: str
    meaning: str
    schema: Schema
    default: str = ""
    needed: bool = False


CONDITION = Word(
    "when",
    "An expression, or several that must all hold. The name of a field alone means that it has a value",
    {"anyOf": [TEXT, {"type": "array", "items": TEXT}]},
    "every record",
)
_EXAMPLES = Word(
    "examples",
    "Records and what must come of them; `leadloom mapping test` runs them",
    {"type": "array", "items": {"$ref": "#/definitions/example"}},
)
_HEAD = (
    Word("kind", "`inbound`: a source's words to a lead; `sync`: a lead and an object of a CRM", _one_of(("inbound", "sync")), needed=True),
    Word("name", "Appears in lists and messages, and stays when the file is renamed", TEXT, needed=True),
    Word("description", "A sentence for those who read the file later", TEXT),
)

INBOUND_TOP = (
    *_HEAD,
    Word(
        "from",
        "The connection whose records are read, and of which object; without `object`, all of its objects",
        {
            "type": "object",
            "properties": {"connection": TEXT, "object": TEXT},
            "required": ["connection"],
            "additionalProperties": False,
        },
        needed=True,
    ),
    Word("to", "The golden record that is observed", _one_of(Subject), "Lead"),
    Word(
        "authority",
        "Rank of this source: a value of a higher rank is never replaced by one of a lower rank, which only fills blanks; among equals the "
        "later one wins",
        {"type": "integer"},
        "0",
    ),
    Word(
        "region",
        "Country (ISO 3166) of phone numbers without a country code, unless the record names one; by campaign or any other value of the "
        "record: `{by: utm_campaign, is: {spring-dach: DE, spring-uk: GB}, otherwise: FR}`",
        {
            "anyOf": [
                TEXT,
                {
                    "type": "object",
                    "properties": {"by": TEXT, "is": {"type": "object", "additionalProperties": TEXT}, "otherwise": TEXT},
                    "required": ["by", "is"],
                    "additionalProperties": False,
                },
            ]
        },
        "`quality.region` of config.yaml",
    ),
    CONDITION,
    Word("fields", "Our field: where it comes from", {"$ref": "#/definitions/inbound_fields"}, needed=True),
    Word(
        "consent",
        "Purpose: path of the answer. Yes, no, 1, 0, on, off and their like in several languages are understood; a form's own words are "
        "listed: `marketing: {from: newsletter, yes: [I agree]}`. Any other answer counts as none given",
        {"type": "object", "additionalProperties": {"anyOf": [TEXT, BLOCK]}},
    ),
    Word(
        "accept",
        "For leads that are bought by the piece: each is accepted, a double, or rejected with a reason. See below",
        {"$ref": "#/definitions/accept"},
        "every record is taken",
    ),
    _EXAMPLES,
)

SYNC_TOP = (
    *_HEAD,
    Word("golden", "Which golden records", _one_of(Subject), "Lead"),
    Word(
        "to",
        "The connection and its object; one file per object",
        {
            "type": "object",
            "properties": {"connection": TEXT, "object": TEXT},
            "required": ["connection", "object"],
            "additionalProperties": False,
        },
        needed=True,
    ),
    Word("external_id", "The unique field that holds the link's own id. With it a lost answer can never double a record", TEXT, "none"),
    Word(
        "match",
        "Fields by which an existing record is looked for before one is created, in this order. Needed without `external_id`",
        TEXTS,
        "none",
    ),
    Word("fill", "Whether empty fields of a record that was there before are filled", {"enum": ["yes", "no", True, False]}, "yes"),
    Word("adopt", "Whose value stands where such a record says something else", _one_of(("theirs", "ours")), "theirs"),
    Word("direction", "The direction of lines that name none", _one_of((Direction.BOTH, Direction.TO)), "both"),
    Word("authority", "The authority of lines that name none", _one_of(LINE_AUTHORITIES), "newest"),
    Word(
        "new_records",
        "`take`: a record made there becomes a golden record of ours; `ignore`: only records of people that we know are followed",
        _one_of(("take", "ignore")),
        "ignore",
    ),
    Word(
        "on_delete",
        "When a record is deleted there. `ignore`: it is not written any more, all else stays; `unlink`: what it said about the person "
        "does not count any more, either; `archive`: no CRM is written any more until the person is heard of again; `propagate`: the "
        "person's records in the other CRMs are deleted, too",
        _one_of(OnDelete),
        "ignore",
    ),
    Word(
        "on_merge",
        "When two people that turn out to be one both have a record there. `relink`: the one that was there first is written, the other is "
        "left alone; `merge`: the other is merged into it there, which cannot be undone there; `flag`: as `relink`, and `leadloom "
        "conflicts` lists it until somebody merges them there",
        _one_of(OnMerge),
        "relink",
    ),
    Word("recreate", "Whether a deleted record is made anew when the person is heard of again", FLAG, "false"),
    Word(
        "on_conflict",
        "When a field moved on both sides. `decide`: by authority; `hold`: neither side is written until a person decides "
        "(`leadloom conflicts`)",
        _one_of(("decide", "hold")),
        "decide",
    ),
    CONDITION,
    Word(
        "consent",
        "`purpose`: the purpose that sending serves; a withdrawal always stops it. `require: true`: consent must have been given",
        {
            "type": "object",
            "properties": {"purpose": TEXT, "require": FLAG},
            "required": ["purpose"],
            "additionalProperties": False,
        },
        "none",
    ),
    Word("fields", "The CRM's field: our field", {"$ref": "#/definitions/sync_fields"}, needed=True),
    _EXAMPLES,
)

_STEPS: Schema = {
    "anyOf": [
        {"type": "string", "examples": ["trim", "truncate(40) | upper"]},
        {"$ref": "#/definitions/step"},
        {"type": "array", "items": {"anyOf": [{"type": "string"}, {"$ref": "#/definitions/step"}]}},
    ]
}
_SHARED_LINE = (
    Word("from", "A path, or several: the first that is not empty", TEXTS),
    Word("value", "An expression that computes the value, instead of `from`", TEXT),
    Word("const", "A fixed value, instead of `from`", VALUE),
    Word(
        "join",
        'Several paths in one text, instead of `from`: `{fields: [street, city], with: ", "}`',
        {"type": "object", "properties": {"fields": TEXTS, "with": TEXT}, "required": ["fields"], "additionalProperties": False},
    ),
    Word("do", "Transforms, in their order", _STEPS),
    Word(
        "map",
        "A table from what comes to what is wanted, or the name of a CSV file with two columns and a heading; capital letters do not count",
        {"anyOf": [BLOCK, TEXT]},
    ),
    Word("unlisted", "What becomes of a value that the table does not list", _one_of(Unlisted), "keep"),
    Word("default", "The value when nothing was found", VALUE, "none"),
    Word(
        "required",
        "Inbound: without it the record goes to quarantine. Sync: without it the record is not sent, and says so",
        FLAG,
        "false",
    ),
    Word("when", "An expression: the line counts only where it holds", TEXT),
    Word("empty", "`clear`: an empty value at the source empties the field", _one_of(("keep", "clear")), "keep"),
)
INBOUND_LINE = (
    *_SHARED_LINE,
    Word("as", "The kind, where it is not the field's own", {"$ref": "#/definitions/kind"}, "the field's kind"),
    Word(
        "authority",
        "Which of several submissions counts, among those of the highest authority. `newest`: the latest; `most_complete`: the longest; "
        "`most_frequent`: what the most of them say",
        _one_of(SOURCE_AUTHORITIES),
        "newest",
    ),
)
SYNC_LINE = (
    *_SHARED_LINE,
    Word("direction", "`to`: only towards the CRM; `from`: only from it", _one_of(Direction), "both"),
    Word(
        "authority",
        "Whose word counts. `ours`: the CRM's only fills a blank; `theirs`: it goes before all others; `newest`: the later one; "
        "`prefer_filled`: the later one that is not empty; `max`, `min`: the larger, the smaller; `union`: the items of all lists; "
        "`most_complete`: the longest; `most_frequent`: what the most say, submissions included; "
        "`{stages: [a, b, c]}`: the furthest, never backwards",
        {
            "anyOf": [
                _one_of(LINE_AUTHORITIES),
                {"type": "object", "properties": {"stages": {"type": "array", "items": TEXT}}, "required": ["stages"]},
            ]
        },
    ),
    Word(
        "refers",
        "The CRM's object of which the value is a record, such as `User` or `owners`: our side says the e-mail address by which people "
        "know it, the CRM's side its id",
        TEXT,
    ),
    Word(
        "record_of",
        "The CRM's object whose record belongs to the same person: `AccountId: {record_of: Account}` ties the record to that of the "
        "company where the person works, once there is one. Instead of `from`",
        TEXT,
    ),
    Word("enforce", "Whether ours is written again when it was changed there and theirs does not count", FLAG, "false"),
    Word(
        "back",
        "How the CRM's value becomes ours, where the line cannot be turned round by itself: `same`, a pipe, or a block (an expression "
        "under `value:` calls the CRM's value `remote`)",
        {"anyOf": [TEXT, BLOCK]},
    ),
)
_PER_CAMPAIGN: Schema = {"anyOf": [{"type": "number"}, {"type": "object", "additionalProperties": {"type": "number"}}]}
ACCEPT = (
    Word("lead_id", "The path of the vendor's own id of the lead, or several: the first that is not empty. It is accepted once", TEXTS),
    Word("campaign", "The path of the campaign, or several. Without it all leads of the connection are of one campaign", TEXTS),
    Word(
        "reject",
        "Rules, each `{when: expression, reason: text}`, over our fields as this mapping has filled them. The first that holds rejects "
        "the lead; the vendor is told its reason",
        {"type": "array", "items": {"$ref": "#/definitions/reject"}},
    ),
    Word(
        "doubles",
        "Who is a double: somebody who was accepted in the same `campaign` of this connection, in any campaign of this `connection`, or "
        "`anybody` who is known already, from wherever",
        _one_of(Doubles),
        "campaign",
    ),
    Word("cap", "Leads of a campaign that are accepted at most: one number for each, or a block `campaign: number`", _PER_CAMPAIGN, "none"),
    Word("cost", "What an accepted lead costs: one number, or a block `campaign: number`", _PER_CAMPAIGN, "none"),
    Word("currency", "The currency of `cost`, by its ISO 4217 code such as `EUR`", TEXT),
)
REJECT = (
    Word("when", "An expression over our fields. The name of a field alone means that it has a value", TEXT, needed=True),
    Word("reason", "What the vendor is told", TEXT, needed=True),
)
EXAMPLE = (
    Word("name", "What the example shows", TEXT),
    Word("given", "The record: the source's (inbound), or golden values (sync)", BLOCK),
    Word("remote", "Sync: the CRM's record, to be read back", BLOCK),
    Word("context", "What stands beside the record, as `_context`", BLOCK),
    Word("expect", "What must come of it; `null`: no value. Fields that are not listed are not looked at", BLOCK),
    Word("refused", "A part of the reason, when the record must be refused", TEXT),
)


def names(words: tuple[Word, ...]) -> tuple[str, ...]:
    """Give the keys alone."""
    return tuple(word.name for word in words)


def kinds() -> Schema:
    """What may stand under `as`."""
    return {"anyOf": [_one_of(Kind), {"type": "object", "properties": {kind.value: {} for kind in Kind}, "maxProperties": 1}]}


def steps() -> Schema:
    """A transform with arguments, as a block of one key."""
    return {
        "type": "object",
        "properties": {name: {"description": transform.summary} for name, transform in TRANSFORMS.items()},
        "additionalProperties": False,
        "maxProperties": 1,
    }
