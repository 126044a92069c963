"""A file of records of which it is known who is who: its columns recognised as an import recognises them, its rows made canonical."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.contract.tables.sniff import sniff
from core.flow.mapping.remote import RemoteField, RemoteKind
from core.flow.mapping.suggest import suggest, words
from core.flow.quality.normalise import normalise
from core.model.records import Scalar
from core.model.vocabulary import LEAD_FIELDS, Kind, Subject

ENTITY = "entity"
"""The column that tells who is who."""
ID = "id"
"""The column by which a file of pairs names records."""

_OTHERS: Mapping[str, str] = {
    ENTITY: "entity entityid entid trueid trueentity trueentityid cluster clusterid truecluster identity personid groupid label truth",
    ID: "id recid recordid rowid uniqueid number",
    "birth_date": "birthdate dateofbirth dob birthday bday geburtsdatum geburtstag datedenaissance fechanacimiento",
    "birth_year": "birthyear yearofbirth by geburtsjahr",
    "birth_month": "birthmonth monthofbirth bm geburtsmonat",
    "birth_day": "dayofbirth bd dobday",
    "first_name": "givenname given fname fnamec1 forename vorname",
    "middle_name": "middlename middle mname midname middleinitial fnamec2 zweitername",
    "last_name": "surname lname lnamec1 family familyname nachname",
    "last_name_2": "lnamec2 secondsurname",
    "suffix": "suffix namesuffix sufx",
    "house": "streetnumber housenumber houseno hausnummer",
    "street_2": "address2 addressline2",
    "city": "suburb locality",
    "mobile": "phone2 phonenumber2",
    "soc_sec_id": "socsecid ssn socialsecuritynumber socialsecurityid",
    "tax_id": "taxid vatid steuernummer",
}
"""Other words for what only matching looks at, in lower case without spaces."""


class FileUnclear(Exception):
    """The file does not tell who is who, or not of whom; the text says what to do."""


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """Rows with canonical values, the entity of each, and by which column each of our fields was read."""

    rows: tuple[Mapping[str, Scalar], ...]
    entities: tuple[str, ...]
    columns: Mapping[str, str]


def read_labelled(path: Path, *, entity: str | None = None, pairs: Path | None = None) -> LabelledFile:
    """Read the file; `entity` names the column with the true entity, `pairs` a file with the ids of two records a row.

    Raises FileUnclear where neither is there, or no column is recognised.
    """
    heads, lines = _lines(path)
    columns = recognise([head for head in heads if head != entity])
    if entity:
        if entity not in heads:
            raise FileUnclear(f"{path.name} has no column '{entity}'. It has: {', '.join(heads)}.")
        columns[ENTITY] = entity
    if not columns.keys() & LEAD_FIELDS.keys():
        raise FileUnclear(f"No column of {path.name} is recognised as a name, an address or a phone. It has: {', '.join(heads)}.")
    raw = [dict(zip(heads, line, strict=False)) for line in lines]
    rows = tuple(canonical({name: row.get(column, "") for name, column in columns.items() if name not in (ENTITY, ID)}) for row in raw)
    told = {name: column for name, column in columns.items() if name not in (ENTITY, ID) or (name == ID) == (pairs is not None)}
    if pairs is not None:
        return LabelledFile(rows, _paired(path, columns, raw, pairs), told)
    if ENTITY not in columns:
        raise FileUnclear(f"Which column of {path.name} tells who is who? Name it with --entity, or give the true pairs with --pairs.")
    return LabelledFile(rows, tuple(row.get(columns[ENTITY], "") or f"row {number}" for number, row in enumerate(raw)), told)


def read_records(path: Path) -> list[dict[str, Scalar]]:
    """Read a file of records of which nothing is known; raises FileUnclear where no column is recognised."""
    heads, lines = _lines(path)
    columns = {name: column for name, column in recognise(heads).items() if name not in (ENTITY, ID)}
    if not columns.keys() & LEAD_FIELDS.keys():
        raise FileUnclear(f"No column of {path.name} is recognised as a name, an address or a phone. It has: {', '.join(heads)}.")
    raw = [dict(zip(heads, line, strict=False)) for line in lines]
    return [canonical({name: row.get(column, "") for name, column in columns.items()}) for row in raw]


def recognise(heads: Sequence[str]) -> dict[str, str]:
    """Tell which column holds which of our fields, by its head."""
    found: dict[str, str] = {}
    for name, others in _OTHERS.items():
        spelled = others.split()
        fitting = [head for head in heads if "".join(words(head)) in spelled and head not in found.values()]
        if fitting:
            found[name] = min(fitting, key=lambda head: spelled.index("".join(words(head))))
    left = [RemoteField(head, head, RemoteKind.TEXT) for head in heads if head not in found.values()]
    for pair in suggest(Subject.LEAD, left):
        if pair.is_sure:
            found.setdefault(pair.golden, pair.field.name)
    return found


def canonical(raw: Mapping[str, object]) -> dict[str, Scalar]:
    """Bring a record's values, named as our fields, into their kinds' canonical form; what cannot be is left as it came."""
    texts = {name: str(value).strip() for name, value in raw.items() if value is not None and str(value).strip() not in ("", "NA", "nan")}
    if {"birth_year", "birth_month", "birth_day"} <= texts.keys():
        texts["birth_date"] = f"{texts['birth_year']:0>4}-{texts['birth_month']:0>2}-{texts['birth_day']:0>2}"
    for name, more in (("last_name", "last_name_2"), ("street", "street_2")):
        if more in texts:
            texts[name] = f"{texts.get(name, '')} {texts[more]}".strip()
    if "house" in texts:
        texts["street"] = f"{texts['house']} {texts.get('street', '')}".strip()
    country = normalise(Kind.COUNTRY, texts["country"]).value if "country" in texts else None
    return {name: _value(name, text, str(country) if country else None) for name, text in texts.items()}


def _value(name: str, text: str, country: str | None) -> Scalar:
    kind = Kind.DATE if name == "birth_date" else LEAD_FIELDS.get(name)
    if kind is None:
        return text
    found = normalise(kind, text, country=country)
    return text if found.problem or found.value is None else found.value


def _lines(path: Path) -> tuple[list[str], list[list[str]]]:
    form = sniff(path)
    with path.open(encoding=form.encoding, errors="replace", newline="") as file:
        rows = csv.reader(file, delimiter=form.delimiter)
        lines = [row for row in rows if any(cell.strip() for cell in row)]
    if len(lines) < 2:
        raise FileUnclear(f"{path.name} has no rows below its heads.")
    return [head.strip().lstrip("\ufeff") for head in lines[0]], lines[1:]


def _paired(path: Path, columns: Mapping[str, str], raw: Sequence[Mapping[str, str]], pairs: Path) -> tuple[str, ...]:
    """Give records that the pairs tie together, also over others, one entity."""
    if ID not in columns:
        raise FileUnclear(f"{path.name} has no column with the records' ids, by which {pairs.name} could name them. Call it 'id'.")
    ids = [row.get(columns[ID], "").strip() for row in raw]
    parent = {each: each for each in ids}

    def root(each: str) -> str:
        while parent[each] != each:
            parent[each] = parent[parent[each]]
            each = parent[each]
        return each

    for one, other in _same(pairs):
        unknown = next((each for each in (one, other) if each not in parent), None)
        if unknown is not None:
            raise FileUnclear(f"{pairs.name} names the record '{unknown}', which {path.name} does not have.")
        parent[root(one)] = root(other)
    return tuple(root(each) for each in ids)


def _same(pairs: Path) -> Iterator[tuple[str, str]]:
    """The pairs of one person: all rows, unless a third column says of some that they are not."""
    _, lines = _lines(pairs)
    for line in lines:
        if len(line) < 3 or line[2].strip().casefold() not in ("0", "no", "false", "different", "n", "f"):
            yield line[0].strip(), line[1].strip()
