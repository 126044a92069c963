"""CSV files as people really make them: every encoding and separator is read, and no broken row harms its neighbours."""

from __future__ import annotations

import csv
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.contract import Invalid
from core.contract.tables.row_maker import ROW
from tests.support.spreadsheet_bench import connector_on, read_folder, read_text, values

HEADER = "Email,Name,City\n"
ADA = "ada@example.com,Ada Byron,London\n"
BO = "bo@example.com,Bo Lund,Oslo\n"
ADA_FIELDS = {"Email": "ada@example.com", "Name": "Ada Byron", "City": "London"}


class TestEncodingsAndDialects:
    """How the file is written is found out."""

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
    def test_a_file_is_read_however_it_is_written(self, tmp_path: Path, encoding: str, delimiter: str, line_end: str) -> None:
        rows = [["Email", "Name", "Note"], ["zoe@example.com", "Zoë Müller", "a, b; c"], ["bo@example.com", "Bo Åkesson", ""]]
        text = line_end.join(delimiter.join(f'"{cell}"' for cell in row) for row in rows) + line_end
        changes, rejects = read_text(tmp_path, text.encode(encoding))
        assert not rejects
        assert values(changes) == [
            {"Email": "zoe@example.com", "Name": "Zoë Müller", "Note": "a, b; c"},
            {"Email": "bo@example.com", "Name": "Bo Åkesson", "Note": None},
        ]

    def test_one_late_byte_makes_the_whole_file_windows_1252(self, tmp_path: Path) -> None:
        content = (HEADER + BO * 5_000).encode() + "zoe@example.com,Zoë,Köln\n".encode("cp1252")
        changes, rejects = read_text(tmp_path, content)
        assert not rejects
        assert values(changes)[-1] == {"Email": "zoe@example.com", "Name": "Zoë", "City": "Köln"}

    def test_a_given_encoding_is_believed_and_what_does_not_fit_is_rejected(self, tmp_path: Path) -> None:
        content = HEADER.encode() + "zoe@example.com,Zoë,Köln\n".encode("cp1252") + ADA.encode()
        changes, (reject,) = read_text(tmp_path, content, encoding="utf-8")
        assert values(changes) == [ADA_FIELDS]
        assert "row 2" in reject.error.message and "utf-8" in reject.error.message

    def test_letters_that_look_like_line_ends_in_utf_16_do_not_break_lines(self, tmp_path: Path) -> None:
        changes, rejects = read_text(tmp_path, "Email;Name\nd@example.com;Ċ਀ਊ\n".encode("utf-16-le"), encoding="utf-16")
        assert not rejects and values(changes) == [{"Email": "d@example.com", "Name": "Ċ਀ਊ"}]

    def test_the_sep_line_of_excel_names_the_separator(self, tmp_path: Path) -> None:
        changes, _ = read_text(tmp_path, "sep=;\nEmail;Name, first\na@example.com;x\n")
        assert values(changes) == [{"Email": "a@example.com", "Name, first": "x"}]
        assert changes[0].fields["_row"] == {"file": "leads.csv", "sheet": None, "row": 3}

    def test_a_decimal_comma_is_not_taken_for_the_separator(self, tmp_path: Path) -> None:
        changes, rejects = read_text(tmp_path, "Name;Budget\nAda;1,5\nBo;2,25\n")
        assert not rejects and values(changes) == [{"Name": "Ada", "Budget": "1,5"}, {"Name": "Bo", "Budget": "2,25"}]

    def test_a_single_column_is_read(self, tmp_path: Path) -> None:
        changes, rejects = read_text(tmp_path, "Email\na@example.com\nb@example.com\n")
        assert not rejects and values(changes) == [{"Email": "a@example.com"}, {"Email": "b@example.com"}]

    def test_the_last_line_may_lack_its_end(self, tmp_path: Path) -> None:
        changes, _ = read_text(tmp_path, (HEADER + ADA).rstrip("\n"))
        assert values(changes) == [ADA_FIELDS]

    def test_an_empty_file_is_one_reject(self, tmp_path: Path) -> None:
        changes, (reject,) = read_text(tmp_path, "")
        assert not changes and "leads.csv" in reject.error.message


class TestValues:
    """Everything stays text."""

    def test_values_stay_as_they_were_typed(self, tmp_path: Path) -> None:
        texts = ["00123", "493012345678901234", "TRUE", "01/02/2026", "=1+1", "+49 30 23125000", " x ", "a\u00a0b", "1e5"]
        text = io.StringIO()
        csv.writer(text).writerows([["Key", "Value"], *([f"k{n}", each] for n, each in enumerate(texts))])
        changes, rejects = read_text(tmp_path, text.getvalue())
        assert not rejects and [row["Value"] for row in values(changes)] == texts

    def test_quoted_line_breaks_stay_in_the_cell(self, tmp_path: Path) -> None:
        changes, rejects = read_text(tmp_path, 'Email,Note\na@example.com,"one\ntwo, ""three"""\nb@example.com,x\n')
        assert not rejects
        assert [row["Note"] for row in values(changes)] == ['one\ntwo, "three"', "x"]
        assert [change.fields["_row"] for change in changes] == [{"file": "leads.csv", "sheet": None, "row": row} for row in (2, 4)]

    def test_blank_rows_are_passed_over(self, tmp_path: Path) -> None:
        changes, rejects = read_text(tmp_path, f"\n{HEADER}\n,,\n{ADA}  \n")
        assert not rejects and values(changes) == [ADA_FIELDS]


class TestHeaders:
    """Column names are found and cleaned."""

    def test_names_lose_what_nobody_sees(self, tmp_path: Path) -> None:
        changes, _ = read_text(tmp_path, "\ufeff\ufeffE\u200bmail,First\u00a0\u00a0Name ,\x00City\nada@example.com,Ada,London\n")
        assert list(values(changes)[0]) == ["Email", "First Name", "City"]

    def test_double_names_are_numbered_and_empty_columns_at_the_end_left_out(self, tmp_path: Path) -> None:
        changes, rejects = read_text(tmp_path, "Email,Phone,Phone,,City,,\na@example.com,1,2,3,Rom,,\n")
        assert not rejects
        assert values(changes) == [{"Email": "a@example.com", "Phone": "1", "Phone_2": "2", "column_4": "3", "City": "Rom"}]

    def test_an_alias_gives_a_column_its_name(self, tmp_path: Path) -> None:
        changes, _ = read_text(
            tmp_path, "E-Mail Address,VORNAME\na@example.com,Ada\n", aliases={"email": ["e_mail_address"], "first_name": "Vorname"}
        )
        assert values(changes) == [{"email": "a@example.com", "first_name": "Ada"}]

    def test_titles_above_the_header_are_passed_over(self, tmp_path: Path) -> None:
        changes, rejects = read_text(tmp_path, f"Leads of the fair,,\n\nPerson,,\n{HEADER}{ADA}{BO}")
        assert not rejects and values(changes)[0] == ADA_FIELDS

    def test_a_named_header_row_is_taken_as_it_is(self, tmp_path: Path) -> None:
        changes, _ = read_text(tmp_path, f"2024,2025,2026\n{ADA}", header_row=1)
        assert list(values(changes)[0]) == ["2024", "2025", "2026"]

    def test_a_file_without_header_is_refused_rather_than_losing_its_first_record(self, tmp_path: Path) -> None:
        changes, (reject,) = read_text(tmp_path, ADA + BO)
        assert not changes
        assert "looks like a record" in reject.error.message and "header_row" in str(reject.error.hint)


class TestBrokenRows:
    """A row that cannot be read is rejected with its place; the others go on."""

    def test_a_ragged_row_is_rejected_with_its_line(self, tmp_path: Path) -> None:
        changes, rejects = read_text(tmp_path, f"{HEADER}{ADA}short@example.com,x\nlong@example.com,x,y,z\n{BO}")
        assert [row["Name"] for row in values(changes)] == ["Ada Byron", "Bo Lund"]
        assert ["row 3" in rejects[0].error.message, "row 4" in rejects[1].error.message] == [True, True]
        assert rejects[1].raw == b"long@example.com,x,y,z\n"
        assert all(isinstance(reject.error, Invalid) for reject in rejects)

    @pytest.mark.parametrize("after", [BO, 'carl@example.com,"Carl ""C""",Rom\n' + BO, BO * 4_000], ids=["plain", "with quotes", "many"])
    def test_an_open_quote_costs_one_row_and_names_its_cell(self, tmp_path: Path, after: str) -> None:
        changes, rejects = read_text(tmp_path, f'{HEADER}{ADA}eve@example.com,"Eve,Paris\n{after}')
        assert len(rejects) == 1
        assert "row 3, column 'Name'" in rejects[0].error.message and "never closed" in rejects[0].error.message
        assert len(changes) == 1 + after.count("\n")

    def test_a_misplaced_quote_costs_one_row(self, tmp_path: Path) -> None:
        changes, (reject,) = read_text(tmp_path, f'{HEADER}eve@example.com,"Eve" x,Paris\n{BO}')
        assert [row["Name"] for row in values(changes)] == ["Bo Lund"] and "row 2" in reject.error.message

    def test_a_quote_within_a_plain_cell_is_just_a_character(self, tmp_path: Path) -> None:
        changes, rejects = read_text(tmp_path, f'{HEADER}eve@example.com,5" pipe,Paris\n{BO}')
        assert not rejects and values(changes)[0]["Name"] == '5" pipe'

    def test_a_cell_beyond_all_measure_costs_one_row(self, tmp_path: Path) -> None:
        changes, (reject,) = read_text(tmp_path, f"{HEADER}{'x' * 200_000},y,z\n{BO}")
        assert [row["Name"] for row in values(changes)] == ["Bo Lund"] and "row 2" in reject.error.message
        assert len(reject.raw) < 20_000

    def test_a_line_beyond_all_measure_costs_one_row(self, tmp_path: Path) -> None:
        changes, (reject,) = read_text(tmp_path, HEADER + "," * 6_000_000 + "\n" + BO)
        assert [row["Name"] for row in values(changes)] == ["Bo Lund"] and "row 2" in reject.error.message

    def test_a_row_without_its_key_is_rejected(self, tmp_path: Path) -> None:
        changes, (reject,) = read_text(tmp_path, f"{HEADER} ,Nobody,Rom\n{ADA}", key="email")
        assert [change.id for change in changes] == ["ada@example.com"] and "key is empty" in reject.error.message


class TestIdentity:
    """A row is known by its key or content, never by its file."""

    def test_the_same_rows_in_another_file_are_the_same_records(self, tmp_path: Path) -> None:
        first, _ = read_text(tmp_path, HEADER + ADA + ADA + BO, name="a.csv")
        (tmp_path / "a.csv").unlink()
        again, _ = read_text(
            tmp_path, "City;Email;Name\n" + "London;ada@example.com;Ada Byron\n" * 2 + "Oslo;bo@example.com;Bo Lund\n", name="b.csv"
        )
        assert [(change.id, change.version) for change in again] == [(change.id, change.version) for change in first]
        assert len({change.id for change in first}) == 3

    def test_a_row_with_a_key_keeps_its_id_when_it_changes(self, tmp_path: Path) -> None:
        changes, _ = read_text(tmp_path, "Id,Region,Name\n7,EU,Ada\n7,US,Ada\n7,EU,Ada B\n", key=["id", "region"])
        assert [change.id for change in changes] == ["7|EU", "7|US", "7|EU"]
        assert len({change.version for change in changes}) == 3

    def test_keys_lose_what_nobody_sees(self, tmp_path: Path) -> None:
        changes, _ = read_text(tmp_path, "Id,Name\n\u00a0A\u200b1 ,x\n", key="Id")
        assert changes[0].id == "A1" and values(changes)[0]["Id"] == "\u00a0A\u200b1 "

    def test_a_file_without_the_key_column_is_refused(self, tmp_path: Path) -> None:
        changes, (reject,) = read_text(tmp_path, HEADER + ADA, key="Customer No")
        assert not changes and "Customer No" in reject.error.message

    def test_rejects_of_a_file_sent_again_are_the_same_rejects(self, tmp_path: Path) -> None:
        _, first = read_text(tmp_path, HEADER + "x\n", name="a.csv")
        (tmp_path / "a.csv").unlink()
        _, again = read_text(tmp_path, HEADER + "x\n", name="b.csv")
        assert [(reject.id, reject.version) for reject in again] == [(reject.id, reject.version) for reject in first]

    def test_equal_rows_without_a_key_keep_their_numbers_when_a_read_is_resumed(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text(HEADER + ADA * 1_200, "utf-8")
        whole, _, _ = read_folder(tmp_path)
        first = next(iter(connector_on(tmp_path).read(ROW, None)))
        rest, _, _ = read_folder(tmp_path, first.resume)
        assert [change.id for change in [*first.changes, *rest]] == [change.id for change in whole]
        assert len({change.id for change in whole}) == 1_200


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=12),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quoted=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_the_csv_module_writes_is_read_back_exactly(
    tmp_path: Path, rows: list[list[str]], encoding: str, delimiter: str, quoted: bool, line_end: str
) -> None:
    if not quoted:  # the csv module writes a lone carriage return bare, where it cannot be told from a line end
        rows = [[cell.replace("\r", "") for cell in row] for row in rows]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL, lineterminator=line_end)
    writer.writerows([["A", "B", "C"], *(["k" + row[0], *row[1:]] for row in rows)])
    changes, rejects = read_text(tmp_path, text.getvalue().encode(encoding), delimiter=delimiter, header_row=1)
    assert not rejects
    assert [[row[name] or "" for name in "ABC"] for row in values(changes)] == [["k" + row[0], *row[1:]] for row in rows]


@pytest.mark.parametrize("key", [None, "Email"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, key: str | None) -> None:
    line = b"ada%d@example.com,Ada Byron,London,%s\n"
    with (tmp_path / "big.csv").open("wb") as file:
        file.write(b"Email,Name,City,Note\n")
        for number in range(12_000):
            file.write(line % (number, b"x" * 4_000))
    tracemalloc.start()
    count = sum(len(page.changes) for page in connector_on(tmp_path, key=key).read(ROW, None))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 12_000
    assert peak < 16 * 1024 * 1024
