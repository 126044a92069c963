"""What a mapping would make of one record, and why; nothing is written and nobody is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from core.flow.consent.judge import refusal_to_send
from core.flow.mapping.apply import Reading, told
from core.flow.mapping.explain import Account, account_back, account_inbound, account_sync
from core.flow.mapping.model import AnyMapping, InboundMapping, SyncMapping
from core.flow.pipeline import compiled_sync, context_of, read_inbound
from core.flow.quality.normalise import normaliser
from core.model.plan import OVERRULED, Settlement, Submission
from core.model.records import ConsentEntry, Observation, Scalar
from core.runtime.desk.questions import find_people
from core.runtime.mapping_trial import observe_with, sample_submission
from core.store.queries.people import Person, ShownLink, stored_submission
from core.store.store import Store


class NoSuchRecord(Exception):
    """The record to be previewed is not there, or cannot be read by this mapping; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What became of one record. `way` is `inbound`, `sync` or `back`; `refused` says why it goes no further.

    `accounts` tell of every line; `consents` what the record says about purposes; `through` what sync mappings would send.
    """

    mapping: str
    version: str
    way: str
    record: str
    target: str
    accounts: tuple[Account, ...]
    refused: str | None = None
    refused_code: str | None = None
    note: str | None = None
    consents: Mapping[str, bool] | None = None
    through: tuple[Preview, ...] = ()


def read_samples(path: Path) -> list[dict[str, Any]]:
    """Read one record or a list of records out of a JSON file; raises NoSuchRecord."""
    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise NoSuchRecord(f"{path} cannot be read ({error.strerror}).") from error
    except orjson.JSONDecodeError as error:
        raise NoSuchRecord(f"{path} is not JSON: {error}.") from error
    records = content if isinstance(content, list) else [content]
    if not records or not all(isinstance(record, dict) for record in records):
        raise NoSuchRecord(f'{path} must hold a record such as {{"email": "kim@example.com"}}, or a list of records.')
    return records


def preview_sample(
    mapping: AnyMapping, record: Mapping[str, Any], label: str, *, is_back: bool = False, through: Sequence[SyncMapping] = ()
) -> Preview:
    """Preview a record out of a file: the source's (inbound), golden values (sync), or the CRM's (`is_back`).

    `through` are the sync mappings that an inbound preview goes on to.
    """
    if isinstance(mapping, InboundMapping):
        return _inbound(mapping, sample_submission(mapping, record, {}), label, through)
    if is_back:
        return _back(mapping, record, {}, label)
    return _sync(mapping, record, (), label)


def preview_stored(
    store: Store, mapping: AnyMapping, name: str, *, is_back: bool = False, through: Sequence[SyncMapping] = ()
) -> list[Preview]:
    """Preview a stored record: `inbox:NUMBER` for an inbound mapping, a lead for a sync one; raises NoSuchRecord.

    With `is_back` it is what was last seen in the CRM's record of that lead.
    """
    if isinstance(mapping, InboundMapping):
        return [_inbound(mapping, _submission(store, name), name, through)]
    people = find_people(store, name.removeprefix("lead:"))
    if not people:
        raise NoSuchRecord(f"Nobody is known as '{name}'. Name an e-mail address, lead:ID, link:ID or inbox:NUMBER.")
    if is_back:
        return [_back(mapping, link.seen, _values(person), f"{name} ({link.remote_id})") for person, link in _links(mapping, people, name)]
    return [_sync(mapping, _values(person), _consents(person), f"{name} ({person.id})") for person in people]


def _submission(store: Store, name: str) -> Submission:
    number = name.removeprefix("inbox:")
    with store.snapshot() as snapshot:
        found = stored_submission(snapshot, int(number)) if number.isdecimal() else None
    if found is None:
        raise NoSuchRecord(
            f"There is no submission '{name}'. An inbound mapping reads inbox:NUMBER; `leadloom leads show` tells the numbers."
        )
    if not found.fields:
        raise NoSuchRecord(f"The record of {name} was not fetched from its source yet. Run `leadloom run read:{found.connection}` first.")
    return found


def _links(mapping: SyncMapping, people: Sequence[Person], name: str) -> list[tuple[Person, ShownLink]]:
    mine = [(p, link) for p in people for link in p.links if (link.connection, link.object) == (mapping.connection, mapping.object)]
    seen = [(person, link) for person, link in mine if link.seen]
    if not seen:
        raise NoSuchRecord(f"Nothing was seen yet of a record of '{name}' in {mapping.object} of '{mapping.connection}'.")
    return seen


def _values(person: Person) -> dict[str, Scalar]:
    return {value.field: value.value for value in person.values}


def _consents(person: Person) -> list[ConsentEntry]:
    return [ConsentEntry(each.purpose, each.granted, each.at, each.source) for each in person.consents]


def _inbound(mapping: InboundMapping, submission: Submission, label: str, through: Sequence[SyncMapping]) -> Preview:
    reading = read_inbound(mapping, submission.fields, context_of(submission))
    said = observe_with(mapping, submission)
    refused = said if isinstance(said, Settlement) else None
    is_declined = any(problem.code == "condition" for problem in reading.problems)
    accounts = [] if is_declined else account_inbound(mapping, submission.fields, context_of(submission), reading, normaliser)
    return Preview(
        mapping=mapping.name,
        version=mapping.version,
        way="inbound",
        record=label,
        target=mapping.subject.value,
        accounts=tuple(accounts),
        refused=refused.reason if refused else None,
        refused_code=refused.reason_code if refused else None,
        note=_note(mapping, submission),
        consents={} if isinstance(said, Settlement) else {entry.purpose: entry.granted for entry in said.consents},
        through=() if isinstance(said, Settlement) else _sent(reading, said, through, label),
    )


def _note(mapping: InboundMapping, submission: Submission) -> str | None:
    if submission.connection != mapping.connection or mapping.object not in (None, submission.object):
        return f"It came from '{submission.object}' of connection '{submission.connection}', which this mapping does not read."
    if submission.flag == OVERRULED:
        return "A person took it although the mapping's rules did not accept it."
    return f"It is marked as {submission.flag}, and goes no further for that." if submission.flag != "none" else None


def _sent(golden: Reading, said: Observation, mappings: Sequence[SyncMapping], label: str) -> tuple[Preview, ...]:
    """What each sync mapping would send, as if nothing else were known about the person."""
    return tuple(_sync(each, golden.values, said.consents, label) for each in mappings if each.subject is said.subject)


def _sync(mapping: SyncMapping, golden: Mapping[str, Scalar], consents: Sequence[ConsentEntry], label: str) -> Preview:
    problems = compiled_sync(mapping).trace(golden).problems
    refusal = refusal_to_send(consents, mapping.purpose, require=mapping.consent_required)
    code, reason = told(mapping, problems) if problems else (None, None)
    if refusal:
        code, reason = "no_consent", f"Mapping '{mapping.name}' is not allowed to send: {refusal}."
    target = f"{mapping.connection} {mapping.object}"
    return Preview(mapping.name, mapping.version, "sync", label, target, tuple(account_sync(mapping, golden)), reason, code)


def _back(mapping: SyncMapping, remote: Mapping[str, Any], golden: Mapping[str, Scalar], label: str) -> Preview:
    problems = compiled_sync(mapping).back(remote, golden).problems
    code, reason = told(mapping, problems) if problems else (None, None)
    accounts = tuple(account_back(mapping, remote, golden, normaliser))
    return Preview(mapping.name, mapping.version, "back", label, mapping.subject.value, accounts, reason, code)
