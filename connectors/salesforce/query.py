"""Sends SOQL and reads its pages, with the server's time; simple-salesforce gives neither headers nor single pages' errors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from connectors.salesforce.api import DATA, URI_BYTES, Paths
from connectors.salesforce.errors import read_error, read_problems
from core.contract import ConfigInvalid, ConnectorError, ContractBroken, Http, Request, Response

MOST_QUERIES = 5
"""Queries in one composite request (REST guide, "Composite")."""

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QueryPage:
    """Some rows; `at` is Salesforce's own time of the answer, None when a proxy took the header away.

    `total` is how many rows the whole query has.
    """

    records: Sequence[Record]
    next_path: str | None = None
    at: datetime | None = None
    total: int = 0


class Stumble(StrEnum):
    """Refusals that a reader gets over by asking anew."""

    LOCATOR_LOST = "INVALID_QUERY_LOCATOR"
    COLUMN_UNKNOWN = "INVALID_FIELD"


def first_page(http: Http, paths: Paths, soql: str, *, resource: str = "query") -> QueryPage | Stumble:
    """Ask a query that holds no personal data: it stands in the URL. `resource` queryAll shows deleted rows too."""
    if len(quote(soql, safe="")) > URI_BYTES:
        raise ConfigInvalid(
            "The fields to read do not fit into one query.", hint="Name the fields that are needed, per object.", setting="fields"
        )
    return _page(http, Request("GET", f"{paths.of(resource)}/", params=[("q", soql)], accept=frozenset({400})))


def next_page(http: Http, path: str) -> QueryPage | Stumble:
    """Follow a page's `next_path`; locators live two days (Salesforce help, INVALID_QUERY_LOCATOR)."""
    if not path.startswith(f"{DATA}/"):
        raise ContractBroken("Salesforce named a next page outside of its REST resources.")
    return _page(http, Request("GET", path, accept=frozenset({400})))


def ask_privately(http: Http, paths: Paths, queries: Sequence[str]) -> list[list[Record]]:
    """Ask up to five queries whose literals are people's data: in the body of one composite request, not in a URL.

    Gives all rows of each, in order. Raises what the first refused one means.
    """
    parts = [
        {"method": "GET", "referenceId": f"q{at}", "url": f"{paths.of('query')}/?q={quote(soql, safe='')}"}
        for at, soql in enumerate(queries)
    ]
    request = Request(
        "POST",
        paths.of("composite"),
        headers={"content-type": "application/json"},
        body=json_body({"allOrNone": False, "compositeRequest": parts}),
        repeatable=True,
    )
    answers = http.send(request, [read_error]).json().get("compositeResponse", [])
    if len(answers) != len(queries):
        raise ContractBroken("Salesforce answered another number of queries than were asked.")
    return [_all_rows(http, answer) for answer in answers]


def json_body(value: object) -> bytes:
    """Write a request body; raises ContractBroken for what JSON cannot say (NaN, lone surrogates)."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, TypeError):
        # Not `from` the cause: its text quotes the value.
        raise ContractBroken("A value cannot be written as JSON.") from None


def server_time(response: Response) -> datetime | None:
    """Read the Date header: the only clock that cursors may use."""
    try:
        moment = parsedate_to_datetime(response.headers["date"])
    except (KeyError, ValueError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def _page(http: Http, request: Request) -> QueryPage | Stumble:
    response = http.send(request, [read_error])
    if response.status == 400:
        return _stumble(response)
    answer = response.json()
    if not isinstance(answer, dict) or not isinstance(answer.get("records"), list):
        raise ContractBroken("Salesforce's answer to a query has no records.")
    done = answer.get("done", True)
    total = answer.get("totalSize")
    next_path = None if done else answer.get("nextRecordsUrl")
    return QueryPage(answer["records"], next_path, server_time(response), total if isinstance(total, int) else 0)


def _stumble(response: Response) -> Stumble:
    codes = {problem.code for problem in read_problems(response.json())}
    for stumble in Stumble:
        if stumble in codes:
            return stumble
    raise read_error(response) or ContractBroken("Salesforce could not read a query.")


def _all_rows(http: Http, answer: Mapping[str, Any]) -> list[Record]:
    error = _part_error(answer)
    if error is not None:
        raise error
    body = answer["body"]
    rows, path, seen = list(body["records"]), body.get("nextRecordsUrl"), set[str]()
    while path:
        page = next_page(http, path) if path not in seen else Stumble.LOCATOR_LOST
        if isinstance(page, Stumble):
            raise ContractBroken("Salesforce lost the rest of a query's rows.")
        seen.add(path)
        rows.extend(page.records)
        path = page.next_path
    return rows


def _part_error(answer: Mapping[str, Any]) -> ConnectorError | None:
    status = int(answer.get("httpStatusCode", 500))
    if status < 300:
        return None
    response = Response(status, {}, json.dumps(answer.get("body")).encode())
    return read_error(response) or ContractBroken(f"Salesforce answered a query within a composite request with HTTP {status}.")
