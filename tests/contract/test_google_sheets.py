"""The Google Sheets connector passes the contract suite, over loopback HTTP against the stand-in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import JsonValue
from ruamel.yaml import YAML

from connectors.google_sheets.connector import GoogleSheets
from connectors.google_sheets.settings import GoogleSheetsSettings
from core.contract import AuthFailed, ConfigInvalid, Cursor, Manifest, ObjectName, Page, load_manifest
from core.contract.testing import Bench, ContractSuite, FaultKind, ReadSample
from core.runtime.http import OpenedContext
from sandbox.clock import DialClock
from sandbox.google_sheets import GoogleSheetsStandIn
from sandbox.google_sheets.stand_in import CLIENT_EMAIL, SPREADSHEET_ID
from sandbox.shell import Served
from tests.support.contract_bench import JointClock, SandboxFaults, answer
from tests.support.http import make_context
from tests.support.sandbox import serving

ROW = ObjectName("row")


@lru_cache
def key_pair(number: int) -> tuple[str, str]:
    """A private key and its public one; `number` tells pairs apart."""
    key = generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def service_account(number: int = 0) -> str:
    """A key file as Google hands it out."""
    return json.dumps({"type": "service_account", "client_email": CLIENT_EMAIL, "private_key_id": "k1", "private_key": key_pair(number)[0]})


def sheets_manifest() -> Manifest:
    """The shipped manifest."""
    path = Path(__file__).resolve().parents[2] / "connectors" / "google_sheets" / "manifest.yaml"
    return load_manifest(YAML(typ="safe").load(path.read_text("utf-8")))


def google_error(status: int, word: str) -> Any:
    return answer(status, {"error": {"code": status, "message": "refused", "status": word}})


@dataclass
class Spreadsheet:
    """The stand-in's spreadsheet, and connectors on it."""

    served: Served
    clock: JointClock
    opened: list[OpenedContext] = field(default_factory=list)
    count: int = 0

    def connector(self, **changes: Any) -> GoogleSheets:
        """A fresh connector with a context of its own."""
        given = {
            "service_account": service_account(),
            "spreadsheet": SPREADSHEET_ID,
            "key": "Email",
            "base_url": self.served.url,
            "token_url": f"{self.served.url}/token",
        }
        settings = GoogleSheetsSettings.model_validate({**given, **changes})
        opened = make_context(self.served.url, manifest=sheets_manifest(), clock=self.clock)
        self.opened.append(opened)
        connector = GoogleSheets(settings, opened.context)
        opened.authenticate_with(connector.token)
        return connector

    def control(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial of the stand-in."""
        return self.served.stand_in.control(verb, arguments, self.clock.now())

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        ids = [f"person{self.count + number}@example.com" for number in range(count)]
        self.count += count
        self.control("append", rows=[[each, "Person", "01234"] for each in ids])
        return ids

    def change(self, object_name: str, native_id: str) -> None:
        row = next(number for number, row in enumerate(self.rows(), start=1) if row[0] == native_id)
        self.count += 1
        self.control("put", row=row, rows=[[native_id, f"Changed {self.count}", "01234"]])

    def delete(self, object_name: str, native_id: str) -> None:
        raise AssertionError("reads tell no deletions")

    def records(self, object_name: str) -> Mapping[str, Mapping[str, JsonValue]]:
        names = self.rows()[0]
        return {row[0]: dict(zip(names, row, strict=False)) for row in self.rows()[1:]}

    def rows(self) -> list[list[Any]]:
        rows: list[list[Any]] = self.control("rows")["rows"]
        return rows

    def read(self, since: Cursor | None = None, **changes: Any) -> list[Page]:
        """Read everything with a fresh connector."""
        return list(self.connector(**changes).read(ROW, since))


def told(pages: Sequence[Page]) -> list[Any]:
    """The fields of all records without their place."""
    return [{name: value for name, value in change.fields.items() if name != "_row"} for page in pages for change in page.changes]


@contextmanager
def spreadsheet() -> Iterator[Spreadsheet]:
    """Serve a spreadsheet until the block ends."""
    dial = DialClock()
    with serving(GoogleSheetsStandIn(), dial) as served:
        sheet = Spreadsheet(served, JointClock(dial))
        sheet.control("account", public_key=key_pair(0)[1])
        try:
            yield sheet
        finally:
            for opened in sheet.opened:
                opened.close()


class TestGoogleSheets(ContractSuite):
    """One spreadsheet with one tab of three columns."""

    @pytest.fixture
    def sheet(self) -> Iterator[Spreadsheet]:
        with spreadsheet() as sheet:
            yield sheet

    @pytest.fixture
    def bench(self, sheet: Spreadsheet) -> Bench:
        same = {"valueRanges": [{"range": "Leads!A1:Z1", "values": [["Email"]]}]}
        words = {
            FaultKind.UNAUTHORIZED: google_error(401, "UNAUTHENTICATED"),
            FaultKind.FORBIDDEN: google_error(403, "PERMISSION_DENIED"),
            FaultKind.RATE_LIMITED: google_error(429, "RESOURCE_EXHAUSTED"),
            FaultKind.SAME_PAGE: {**answer(200, same), "match": "values:batchGet"},
        }
        return Bench(
            manifest=sheets_manifest(),
            make=sheet.connector,
            make_unauthorized=lambda: sheet.connector(service_account=service_account(1)),
            faults=SandboxFaults(sheet.served, data="^GET /v4/", words=words),
            secrets=[key_pair(0)[0], key_pair(1)[0], "ya29.sandbox", "BEGIN PRIVATE KEY"],
            advance=sheet.clock.advance,
            remote=sheet,
            reading=ReadSample(object=ROW, several_pages=1_600),
        )

    def test_only_blocks_that_changed_are_told_again(self, sheet: Spreadsheet) -> None:
        ids = sheet.seed(ROW, 1_200)
        cursor = sheet.read()[-1].resume
        assert sheet.read(cursor) == [Page((), cursor)]
        sheet.change(ROW, ids[700])
        (page, _) = sheet.read(cursor)
        assert [change.id for change in page.changes] == ids[500:1_000]
        assert page.changes[200].fields["Name"] == "Changed 1201"

    def test_a_row_keeps_its_id_and_version_when_the_sheet_is_sorted(self, sheet: Spreadsheet) -> None:
        sheet.seed(ROW, 20)
        before = {(change.id, change.version) for page in sheet.read() for change in page.changes}
        sheet.control("tab", title="Leads", rows=[sheet.rows()[0], *sorted(sheet.rows()[1:], reverse=True)])
        assert {(change.id, change.version) for page in sheet.read() for change in page.changes} == before

    def test_without_a_key_equal_rows_are_different_records_and_keep_their_numbers_when_resumed(self, sheet: Spreadsheet) -> None:
        sheet.control("append", rows=[["ada@example.com", "Ada", "1"]] * 1_200)
        pages = sheet.read(key=[])
        ids = [change.id for page in pages for change in page.changes]
        assert len(set(ids)) == 1_200
        rest = [change.id for page in sheet.read(pages[0].resume, key=[]) for change in page.changes]
        assert rest == ids[500:]

    def test_cells_that_are_left_out_at_the_end_of_a_row_are_empty(self, sheet: Spreadsheet) -> None:
        sheet.control("append", rows=[["ada@example.com", "", ""], ["", "", ""], ["bo@example.com", "Bo", None]])
        assert told(sheet.read()) == [
            {"Email": "ada@example.com", "Name": None, "Zip": None},
            {"Email": "bo@example.com", "Name": "Bo", "Zip": None},
        ]

    def test_zips_keep_their_zeros_and_raw_values_are_plain(self, sheet: Spreadsheet) -> None:
        cells = [{"value": 1234, "shown": "01234"}, {"value": 493012345678, "shown": "493012345678"}, True]
        sheet.control("tab", title="Leads", rows=[["Zip", "Phone", "News"], cells])
        assert told(sheet.read(key=[])) == [{"Zip": "01234", "Phone": "493012345678", "News": "TRUE"}]
        assert told(sheet.read(key=[], values="raw")) == [{"Zip": "1234", "Phone": "493012345678", "News": "TRUE"}]

    @pytest.mark.parametrize(
        ("cell", "values", "reason"),
        [
            ("#N/A", "formatted", "shows the error #N/A"),
            ("Loading...", "formatted", "still being calculated"),
            ({"value": 1.2345678901234567e18, "shown": "1.23457E+18"}, "formatted", "shown shortened"),
            (1234567890123456, "raw", "15 digits"),
        ],
    )
    def test_a_cell_that_cannot_be_believed_costs_its_row(self, sheet: Spreadsheet, cell: Any, values: str, reason: str) -> None:
        sheet.control("append", rows=[["ada@example.com", cell, "1"], ["bo@example.com", "Bo", "2"]])
        (page, _) = sheet.read(values=values)
        assert [change.id for change in page.changes] == ["bo@example.com"]
        (reject,) = page.rejects
        assert "Tab 'Leads', row 2, column 'Name'" in reject.error.message and reason in reject.error.message

    def test_a_value_without_a_heading_and_an_empty_key_cost_their_rows(self, sheet: Spreadsheet) -> None:
        sheet.control("append", rows=[["ada@example.com", "Ada", "1", "stray"], ["\u200b", "Nobody", "1"], ["bo@exam\u200bple.com", "Bo"]])
        (page, _) = sheet.read()
        assert [change.id for change in page.changes] == ["bo@example.com"]
        assert ["column without a name" in page.rejects[0].error.message, "key is empty" in page.rejects[1].error.message] == [True, True]

    def test_hidden_tabs_are_left_out_unless_named_and_odd_titles_are_quoted(self, sheet: Spreadsheet) -> None:
        sheet.seed(ROW, 1)
        sheet.control("tab", title="Ann's list!", rows=[["e-mail", "Name"], ["ann@example.com", "Ann"]])
        sheet.control("tab", title="Secret", rows=[["Email"], ["hidden@example.com"]], hidden=True)
        aliases = {"Email": ["e-mail"]}
        assert [row["Email"] for row in told(sheet.read(aliases=aliases))] == ["person0@example.com", "ann@example.com"]
        assert [row["Email"] for row in told(sheet.read(tabs=["Secret"]))] == ["hidden@example.com"]

    @pytest.mark.parametrize(
        ("changes", "setting"),
        [({"tabs": ["Nowhere"]}, "tabs"), ({"key": "Customer"}, "key"), ({"spreadsheet": "Other"}, "spreadsheet")],
    )
    def test_a_wrong_setting_is_named(self, sheet: Spreadsheet, changes: Mapping[str, Any], setting: str) -> None:
        with pytest.raises(ConfigInvalid) as caught:
            sheet.read(**changes)
        assert caught.value.setting == setting

    @pytest.mark.parametrize("cell", [float("inf"), float("nan"), 10**400, [1], {"a": 1}, "\ud800", -0.0])
    def test_a_cell_that_no_spreadsheet_has_breaks_nothing(self, sheet: Spreadsheet, cell: Any) -> None:
        values = [["ada@example.com", cell, "1"]]
        ranges = [{"range": "Leads!A2:Z101", "values": values}]
        header = {"valueRanges": [{"range": "Leads!A1:Z1", "values": [["Email", "Name", "Zip"]]}]}
        sheet.served.faults.add({**answer(200, header), "match": "values:batchGet", "times": 1})
        sheet.served.faults.add({**answer(200, {"valueRanges": ranges}), "match": "values:batchGet", "times": 1})
        (page, _) = sheet.read()
        assert len(page.changes) + len(page.rejects) == 1

    def test_an_empty_header_row_and_a_foreign_cursor_are_refused(self, sheet: Spreadsheet) -> None:
        for row in (5, 900):
            with pytest.raises(ConfigInvalid, match="no column names"):
                sheet.read(header_row=row)
        with pytest.raises(ConfigInvalid, match="cursor"):
            sheet.read(Cursor("not ours"))

    @pytest.mark.parametrize("key", ["{}", "no json", '{"client_email": "a", "private_key_id": "b", "private_key": "c"}'])
    def test_what_is_no_key_of_a_service_account_is_refused_without_being_quoted(self, sheet: Spreadsheet, key: str) -> None:
        with pytest.raises(ConfigInvalid) as caught:
            sheet.connector(service_account=key).check()
        assert caught.value.setting == "service_account" and key not in str(caught.value)

    def test_a_token_that_has_expired_is_fetched_anew(self, sheet: Spreadsheet) -> None:
        connector = sheet.connector()
        connector.check()
        sheet.clock.advance(7_200)
        assert connector.check().account == f"Spreadsheet 'Sandbox leads', read by {CLIENT_EMAIL}"

    def test_a_refused_assertion_says_what_to_do(self, sheet: Spreadsheet) -> None:
        with pytest.raises(AuthFailed) as caught:
            sheet.connector(service_account=service_account(1)).check()
        assert "new key" in str(caught.value.hint)
