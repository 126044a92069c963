"""The traps of files in SharePoint: forgotten changes, moved and replaced files, addresses that open without a token, and refusals."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pydantic import ValidationError

from connectors.sharepoint_excel import download
from connectors.sharepoint_excel.ledger import Ledger
from connectors.sharepoint_excel.settings import SharePointSettings
from core.contract import AuthFailed, ConfigInvalid, ContractBroken, Cursor, ObjectName, RateLimited, Unavailable
from core.contract.tables.remote import RemoteFile
from sandbox.microsoft_graph.drive import DRIVE_ID
from sandbox.microsoft_graph.stand_in import USER
from tests.support.sharepoint_bench import ROW, Library, complaints, ids, sharepoint_library


@pytest.fixture
def library() -> Iterator[Library]:
    with sharepoint_library() as library:
        yield library


def fetched(library: Library) -> int:
    """How many contents were asked for since the last time."""
    count = len(library.asked("/content"))
    library.served.journal.clear()
    return count


def test_only_files_with_another_content_are_fetched_again(library: Library) -> None:
    library.put("Leads/a.csv", "Key\n1\n")
    library.put("Leads/b.csv", "Key\n2\n")
    cursor = library.read()[-1].resume
    assert fetched(library) == 2
    library.put("Leads/b.csv", "Key\n3\n")
    pages = library.read(cursor)
    assert (ids(pages), fetched(library)) == (["3"], 1)
    assert (ids(library.read(pages[-1].resume)), fetched(library)) == ([], 0)


def test_another_name_makes_no_other_file(library: Library) -> None:
    library.put("Leads/a.csv", "Key\n1\n")
    cursor = library.read()[-1].resume
    fetched(library)
    library.control("move", path="Leads/a.csv", to="Leads/renamed.csv")
    assert (ids(library.read(cursor)), fetched(library)) == ([], 0)


def test_files_that_are_moved_in_are_read_and_those_that_are_moved_out_are_forgotten(library: Library) -> None:
    library.put("Leads/a.csv", "Key\n1\n")
    library.put("Other/b.csv", "Key\n2\n")
    cursor = library.read()[-1].resume
    library.control("move", path="Leads/a.csv", to="Other/a.csv")
    library.control("move", path="Other/b.csv", to="Leads/b.csv")
    pages = library.read(cursor)
    assert ids(pages) == ["2"]
    assert [file.name for file in Ledger.decode(pages[-1].resume).listed()] == ["Leads/b.csv"]


def test_deleted_files_are_forgotten_and_read_when_they_come_back(library: Library) -> None:
    library.put("Leads/a.csv", "Key\n1\n")
    cursor = library.read()[-1].resume
    library.control("delete", path="Leads/a.csv")
    cursor = library.read(cursor)[-1].resume
    assert Ledger.decode(cursor).files == {}
    library.put("Leads/a.csv", "Key\n1\n")
    assert ids(library.read(cursor)) == ["1"]


def test_folders_and_patterns_choose_the_files_and_subfolders_are_left_alone(library: Library) -> None:
    for number, path in enumerate(
        ["Leads/a.csv", "Leads/sub/b.csv", "Fairs/C.CSV", "Fairs/~$d.csv", "Fairs/e.txt", "f.csv", "Leads/g.csv"]
    ):
        library.put(path, "" if "g.csv" in path else f"Key\n{number}\n")
    assert ids(library.read(folders=["Leads", "/Fairs/"])) == ["2", "0"]
    assert ids(library.read(folders="")) == ["5"]


def test_another_choice_of_folders_begins_the_changes_anew_and_fetches_nothing_twice(library: Library) -> None:
    library.put("Leads/a.csv", "Key\n1\n")
    library.put("Fairs/b.csv", "Key\n2\n")
    cursor = library.read()[-1].resume
    fetched(library)
    assert (ids(library.read(cursor, folders=["Leads", "Fairs"])), fetched(library)) == (["2"], 1)


def test_many_pages_of_changes_are_followed_and_a_reading_that_breaks_off_goes_on(library: Library) -> None:
    library.control("configure", page=2)
    for number in range(7):
        library.put(f"Leads/{number}.csv", f"Key\n{number}\n")
    whole = [str(number) for number in range(7)]
    assert ids(library.read()) == whole
    for taken in range(1, 9):
        begun = list(islice(library.connector().read(ROW, None), taken))
        assert sorted(ids(begun) + ids(library.read(begun[-1].resume))) == whole


@pytest.mark.parametrize("location", [True, False])
def test_forgotten_changes_begin_anew_without_reading_twice_and_without_losing_anything(library: Library, location: bool) -> None:
    for name in ("a", "b", "c"):
        library.put(f"Leads/{name}.csv", f"Key\n{name}\n")
    cursor = library.read()[-1].resume
    fetched(library)
    library.put("Leads/d.csv", "Key\nd\n")
    library.put("Leads/b.csv", "Key\nb2\n")
    library.control("delete", path="Leads/c.csv")
    library.control("forget", location=location)
    pages = library.read(cursor)
    assert (ids(pages), fetched(library)) == (["b2", "d"], 2)
    assert {file.name for file in Ledger.decode(pages[-1].resume).listed()} == {"Leads/a.csv", "Leads/b.csv", "Leads/d.csv"}


def test_changes_that_are_forgotten_while_they_are_followed_begin_anew(library: Library) -> None:
    library.control("configure", page=2)
    for number in range(5):
        library.put(f"Leads/{number}.csv", f"Key\n{number}\n")
    reading = library.connector().read(ROW, None)
    first = next(reading)
    library.control("forget")
    assert ids([first, *reading]) == [str(number) for number in range(5)]


def test_changes_that_are_forgotten_again_and_again_are_tried_later(library: Library) -> None:
    library.served.faults.add({"kind": "status", "status": 410, "match": "delta", "times": -1})
    with pytest.raises(Unavailable, match="again and again"):
        library.read()


def test_the_address_of_a_content_gets_no_token(library: Library) -> None:
    library.put("Leads/a.csv", "Key\n1\n")
    assert ids(library.read()) == ["1"]
    (asked,) = library.asked("/download/")
    assert "authorization" not in asked["headers"] and asked["headers"]["range"].startswith("bytes=0-")


def test_an_address_that_runs_out_in_the_middle_is_asked_for_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PART_BYTES", 100)
    library.put("Leads/a.csv", "Key\n" + "".join(f"{number}\n" for number in range(200)))
    library.served.faults.add({"kind": "status", "status": 403, "match": "^GET /download/", "skip": 2})
    assert ids(library.read()) == [str(number) for number in range(200)]
    assert fetched(library) == 2
    library.served.faults.add({"kind": "status", "status": 403, "match": "^GET /download/", "times": -1})
    with pytest.raises(Unavailable, match="did not open"):
        library.read()


def test_a_file_that_is_replaced_while_it_is_fetched_is_left_for_the_next_read(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.put("Leads/a.csv", "Key\n1\n")
    library.put("Leads/b.csv", "Key\n2\n")
    reading = library.connector().read(ROW, None)
    pages = list(islice(reading, 2))
    library.put("Leads/b.csv", "Key\n3\n")
    pages += reading
    assert ids(pages) == ["1"]
    assert ids(library.read(pages[-1].resume)) == ["3"]


@pytest.mark.parametrize("spoilt", [{"body": "Key\n9\n"}, {"body": "Key\n9\n", "headers": {"content-range": "bytes 1-6/6"}}])
def test_a_part_that_was_not_asked_for_is_not_taken(library: Library, spoilt: dict[str, Any]) -> None:
    library.put("Leads/a.csv", "Key\n1\n")
    library.served.faults.add({"kind": "status", "status": 206, "match": "^GET /download/", **spoilt})
    with pytest.raises(Unavailable, match="another part"):
        library.read()


def test_a_file_that_is_longer_than_it_was_listed_is_read_whole_and_one_that_is_too_long_is_refused(library: Library) -> None:
    library.put("Leads/a.csv", "Key\n1\n")
    library.control("configure", longer=10)
    assert ids(library.read()) == ["1"]
    pages = library.read(max_file_bytes=10)
    assert "larger than 10 bytes" in complaints(pages)[0] and ids(pages) == []


def test_a_locked_file_is_told_and_the_others_go_on_and_it_is_read_once_it_is_open(library: Library) -> None:
    for name in ("a", "b"):
        library.put(f"Leads/{name}.csv", f"Key\n{name}\n")
    library.control("lock", path="Leads/a.csv")
    pages = library.read()
    assert ids(pages) == ["b"] and "does not give it out" in complaints(pages)[0]
    library.control("lock", path="Leads/a.csv", locked=False)
    assert ids(library.read(pages[-1].resume)) == ["a"]


def test_files_without_a_hash_are_told_apart_by_their_tag(library: Library) -> None:
    library.control("configure", hashes=False)
    library.put("Leads/a.csv", "Key\n1\n")
    cursor = library.read()[-1].resume
    assert ids(library.read(cursor)) == []
    library.put("Leads/a.csv", "Key\n2\n")
    assert ids(library.read(cursor)) == ["2"]


def test_workbooks_are_read_as_in_a_folder(library: Library) -> None:
    book, content = Workbook(), io.BytesIO()
    assert book.active is not None
    for row in (["Customer no", "Phone"], [7, 493012345678]):
        book.active.append(row)
    book.save(content)
    library.put("Leads/a b#ü%.xlsx", content.getvalue())
    (change,) = [change for page in library.read(aliases={"Key": "customer_no"}) for change in page.changes]
    assert (change.id, change.fields["Phone"]) == ("7", "493012345678")
    assert change.fields["_row"] == {"file": "Leads/a b#ü%.xlsx", "sheet": "Sheet", "row": 2}


def test_one_token_serves_until_it_runs_out(library: Library) -> None:
    connector = library.connector()
    connector.check()
    list(connector.read(ROW, None))
    assert len(library.asked("/oauth2/")) == 1
    library.clock.advance(3_600)
    connector.check()
    assert len(library.asked("/oauth2/")) == 2


def test_a_site_a_library_a_user_or_a_drive_names_the_place(library: Library) -> None:
    library.put("Leads/a.csv", "Key\n1\n")
    for place in ({}, {"library": "Documents"}, {"site": None, "user": USER}, {"site": None, "drive": DRIVE_ID}):
        health = library.connector(**place).check()
        assert "Documents" in health.account and health.notes == ["1 files match '*.csv,*.xlsx,*.xls'.", "Leads/a.csv"]


@pytest.mark.parametrize(
    ("wrong", "setting"),
    [
        ({"tenant": "nobody.example"}, "tenant"),
        ({"site": "contoso.sharepoint.example:/sites/none"}, "site"),
        ({"library": "Archives"}, "library"),
        ({"site": None, "user": "nobody@example.com"}, "user"),
        ({"site": None, "drive": "b!none"}, "drive"),
        ({"folders": "Leads/none"}, "folders"),
        ({"folders": "Leads/a.csv"}, "folders"),
    ],
)
def test_what_is_not_there_is_named(library: Library, wrong: dict[str, Any], setting: str) -> None:
    library.put("Leads/a.csv", "Key\n1\n")
    with pytest.raises(ConfigInvalid) as caught:
        library.connector(**wrong).check()
    assert caught.value.setting == setting and caught.value.hint


def test_a_refused_app_stops_and_its_code_is_told(library: Library) -> None:
    with pytest.raises(AuthFailed, match="AADSTS700016"):
        library.connector(client_id="another").check()
    with pytest.raises(AuthFailed, match="AADSTS7000215"):
        library.connector(client_secret="wrong").check()


def test_a_limit_at_the_content_too_is_heeded(library: Library) -> None:
    library.put("Leads/a.csv", "Key\n1\n")
    library.served.faults.add({"kind": "status", "status": 429, "match": "^GET /download/", "headers": {"retry-after": "25"}, "times": -1})
    with pytest.raises(RateLimited) as caught:
        library.read()
    assert caught.value.retry_after == 25


@pytest.mark.parametrize("name", ["@odata.nextLink", "@odata.deltaLink"])
def test_a_link_to_another_address_gets_no_token(library: Library, name: str) -> None:
    body = f'{{"value": [], "{name}": "https://contoso.sharepoint.com/v1.0/steal"}}'
    library.served.faults.add({"kind": "status", "status": 200, "match": "delta", "body": body})
    with pytest.raises(ContractBroken, match="another address"):
        library.read()


@pytest.mark.parametrize("body", ["[]", "{}", '{"value": {}}', '{"value": [], "@odata.deltaLink": 7}', "null"])
def test_what_is_no_page_of_changes_is_not_read_as_no_changes(library: Library, body: str) -> None:
    library.served.faults.add({"kind": "status", "status": 200, "match": "delta", "body": body})
    with pytest.raises(Unavailable):
        library.read()


def test_too_many_files_are_refused(library: Library) -> None:
    for number in range(4):
        library.put(f"Leads/{number}.csv", "Key\n1\n")
    for act in (lambda: library.read(max_files=3), lambda: library.connector(max_files=3).check()):
        with pytest.raises(ConfigInvalid, match="More than 3"):
            act()


def test_the_columns_are_told(library: Library) -> None:
    library.put("Leads/a.csv", "Key;Full name\n1;Ada\n")
    (described,) = library.connector().describe()
    assert [spec.name for spec in described.fields] == ["Key", "Full name"]


def test_a_foreign_cursor_and_another_object_are_refused(library: Library) -> None:
    with pytest.raises(ConfigInvalid, match="cursor"):
        library.read(Cursor("not ours"))
    with pytest.raises(ConfigInvalid, match="no object"):
        list(library.connector().read(ObjectName("file"), None))


@pytest.mark.parametrize("places", [{}, {"site": "a.example", "user": "ada@example.com"}, {"user": "ada@example.com", "library": "x"}])
def test_settings_name_one_place(places: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SharePointSettings.model_validate({"tenant": "t", "client_id": "c", "client_secret": "s", **places})


TEXT = st.text(st.characters(), max_size=8)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
FILE = st.fixed_dictionaries({}, optional={"hashes": ANYTHING | st.fixed_dictionaries({"quickXorHash": ANYTHING})})
ITEM = st.fixed_dictionaries(
    {},
    optional={
        **{
            "id": st.just("i") | ANYTHING,
            "name": TEXT.map("{}.csv".format) | ANYTHING,
            "size": st.integers(1, 10**300) | ANYTHING,
            "eTag": ANYTHING,
        },
        **{"file": FILE | ANYTHING, "parentReference": st.just({"id": "f"}) | ANYTHING, "deleted": ANYTHING},
    },
)


GOOD = {"id": "i", "name": "a.csv", "size": 5, "eTag": "t", "file": {}, "parentReference": {"id": "f"}}


@given(st.lists(ITEM, max_size=5))
@example([{**GOOD, "name": "\ud800.csv"}])
@example([{**GOOD, "id": "\udfff"}])
@example([{**GOOD, "eTag": "\ud800"}])
@example([{**GOOD, "size": 10**5000}])
@settings(max_examples=200, deadline=None)
def test_items_of_any_form_leave_a_ledger_that_can_be_written_and_read(items: list[dict[str, Any]]) -> None:
    ledger = Ledger().followed(items, {"f": "Leads"}, "*.csv")
    assert Ledger.decode(ledger.encode()) == ledger
    assert all(isinstance(file, RemoteFile) and file.size > 0 for file in ledger.listed())
