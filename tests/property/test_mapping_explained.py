"""What a preview tells of a line is what the mapping does: the same value, the same refusals, whatever the file and the record."""

from __future__ import annotations

from typing import Any
from unicodedata import normalize

from hypothesis import given, settings
from hypothesis import strategies as st

from core.flow.mapping.compiling.values import text
from core.flow.mapping.document import DocumentReader
from core.flow.mapping.explain import Account, End, account_back, account_inbound, account_sync
from core.flow.mapping.model import InboundMapping, SyncMapping
from core.flow.pipeline import compiled_sync, read_inbound
from core.flow.quality.normalise import normaliser

STEPS = ["trim", "lower", "upper", "title", "collapse", "digits", "slug", "truncate: 4", "prefix: x-", "suffix: /", "split: ','"]
STEPS += ["split: ',' | unique | join: '+'", "split: ',' | first", "replace: a, b", "remove: a", "extract: '[0-9]+'", "times: 3"]
STEPS += ["date_parse: '%d.%m.%Y'", "number_format: 2", "yes_no: ja, nein", "hash", "last", "sort"]
TWO_WAY = ["prefix: x-", "suffix: /", "template: '<{}>'", "number_format: 2", "times: 4", "plus: 1", "yes_no: ja, nein", "country_name"]
KINDS: list[Any] = [
    "text",
    "email",
    "phone",
    "number",
    "boolean",
    "date",
    "country",
    "company",
    "person_name",
    "list",
    {"enum": ["a", "b"]},
]
NAMES = ["a", "b", "c.d", "c.0", "l.*", "l.*.x"]
TARGETS = ["email", "phone", "country", "company", "full_name", "first_name", "employees", "message", "x_one", "x_two"]
RAW = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5000),
    st.sampled_from(
        ["", " ", "a", "A ", "a,b,a", "Kim Osei", "kim@example.com", "DE", "Germany", "030 23125001", "31.01.2026", "12,5", "ja"]
    ),
    st.text(max_size=6),
)
LISTS = st.lists(st.one_of(RAW, st.fixed_dictionaries({"x": RAW})), max_size=3)
RECORDS = st.fixed_dictionaries(
    {}, optional={"a": RAW, "b": st.one_of(RAW, LISTS), "c": st.fixed_dictionaries({}, optional={"d": RAW, "0": RAW}), "l": LISTS}
)
TABLE: dict[str, Any] = {"map": {"a": "b", "DE": "x", "kim@example.com": "c"}}


def long_lines(names: list[str], steps: list[str], *, is_sync: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Lines in their long form: where the value comes from, and any of what may be said beside it."""
    paths = st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)
    source = st.one_of(
        st.fixed_dictionaries({"from": paths}),
        st.fixed_dictionaries({"join": st.fixed_dictionaries({"fields": paths, "with": st.just(" ")})}),
        st.fixed_dictionaries({"const": st.sampled_from(["fixed", " a", 5, True])}),
        st.fixed_dictionaries({"value": st.sampled_from([f"{names[0]}", f"size({names[1]})", f"{names[0]} == 'a' ? 'yes' : {names[1]}"])}),
    )
    chain = st.fixed_dictionaries({}, optional={"do": st.lists(st.sampled_from(steps), max_size=3)})
    table = st.one_of(
        st.just({}),
        st.builds(lambda word: {**TABLE, **word}, st.fixed_dictionaries({"unlisted": st.sampled_from(["keep", "drop", "refuse"])})),
    )
    more: dict[str, st.SearchStrategy[Any]] = {
        "default": st.sampled_from(["spare", 7, "kim@example.com"]),
        "required": st.booleans(),
        "when": st.sampled_from([f"{names[0]}", f"has({names[1]})", f"{names[0]} < 3"]),
        "empty": st.just("clear"),
    }
    if not is_sync:
        more["as"] = st.sampled_from(KINDS)
    return st.builds(
        lambda *parts: {key: value for part in parts for key, value in part.items()},
        source,
        chain,
        table,
        st.fixed_dictionaries({}, optional=more),
    )


INBOUND_LINES = st.one_of(
    st.builds(lambda *parts: " | ".join(parts), st.sampled_from(NAMES), st.sampled_from(STEPS)),
    long_lines(NAMES, STEPS, is_sync=False),
)
GOLDEN = ["message", "company", "country", "employees"]
VALUES = st.fixed_dictionaries({}, optional=dict.fromkeys(GOLDEN, RAW))


def inbound(fields: dict[str, Any]) -> InboundMapping | None:
    document = {"kind": "inbound", "name": "n", "from": {"connection": "c"}, "region": "DE", "fields": fields}
    found = DocumentReader(document, "v1").read()
    return found if isinstance(found, InboundMapping) else None


def sync(fields: dict[str, Any]) -> SyncMapping | None:
    document = {"kind": "sync", "name": "n", "to": {"connection": "c", "object": "o"}, "external_id": "i", "fields": fields}
    found = DocumentReader(document, "v1").read()
    return found if isinstance(found, SyncMapping) else None


def values_of(accounts: list[Account]) -> dict[str, tuple[str, Any]]:
    return {account.target: (type(account.value).__name__, account.value) for account in accounts if account.end is End.VALUE}


def typed(values: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    return {name: (type(value).__name__, value) for name, value in values.items()}


def refused(accounts: list[Account]) -> set[str]:
    return {account.target for account in accounts if account.end in (End.REFUSED, End.MISSING)}


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(TARGETS), INBOUND_LINES, min_size=1, max_size=3), RECORDS)
def test_an_inbound_line_is_told_as_it_runs(fields: dict[str, Any], record: dict[str, Any]) -> None:
    mapping = inbound(fields)
    if mapping is None:
        return
    reading = read_inbound(mapping, record, {})

    accounts = account_inbound(mapping, record, {}, reading, normaliser)

    assert values_of(accounts) == typed(reading.values)
    assert refused(accounts) == {problem.target for problem in reading.problems}
    for account in accounts:
        if account.end is End.VALUE and account.stages:
            assert normalize("NFC", text(account.stages[-1].value)) == text(account.value)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["One", "Two"]), long_lines(GOLDEN, STEPS, is_sync=True), min_size=1), VALUES)
def test_a_line_towards_a_crm_is_told_as_it_runs(fields: dict[str, dict[str, Any]], golden: dict[str, Any]) -> None:
    mapping = sync({name: {**line, "direction": "to"} for name, line in fields.items()})
    if mapping is None:
        return
    reading = compiled_sync(mapping).trace(golden)

    accounts = account_sync(mapping, golden)

    assert values_of(accounts) == typed(reading.values)
    assert refused(accounts) == {problem.target for problem in reading.problems}


BACKS: list[Any] = ["same", "lower | trim", {"do": "upper"}, {"value": "remote == 'a' ? company : remote"}, {"map": {"b": "a"}}]
TWO_WAY_LINES = st.one_of(
    st.builds(lambda name, step: f"{name} | {step}", st.sampled_from(GOLDEN), st.sampled_from(TWO_WAY)),
    st.builds(lambda name, steps: {"from": name, "do": steps}, st.sampled_from(GOLDEN), st.lists(st.sampled_from(TWO_WAY), max_size=2)),
    st.builds(lambda name, back: {"from": name, "do": "lower", "back": back}, st.sampled_from(GOLDEN), st.sampled_from(BACKS)),
    st.builds(
        lambda name, more: {"from": name, **TABLE, **more},
        st.sampled_from(GOLDEN),
        st.sampled_from([{}, {"empty": "clear"}, {"default": "b"}]),
    ),
    st.just({"join": {"fields": ["message", "company"], "with": ", "}}),
    st.builds(lambda name: {"from": name, "when": "message"}, st.sampled_from(GOLDEN)),
)
REMOTE = st.one_of(RAW, st.sampled_from(["x-a", "b", "x", "12.50", "Deutschland", "one, two", "nein", 8]))


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["One", "Two"]), TWO_WAY_LINES, min_size=1),
    st.dictionaries(st.sampled_from(["One", "Two"]), REMOTE),
    VALUES,
)
def test_a_line_from_a_crm_is_told_as_it_runs(fields: dict[str, Any], remote: dict[str, Any], golden: dict[str, Any]) -> None:
    mapping = sync(fields)
    if mapping is None:
        return
    reading = compiled_sync(mapping).back(remote, golden)

    accounts = account_back(mapping, remote, golden, normaliser)

    assert values_of(accounts) == typed(reading.values)
    lines = {line.number: line.target for line in mapping.fields}
    assert {account.path for account in accounts if account.end is End.REFUSED} == {problem.target for problem in reading.problems}, lines
