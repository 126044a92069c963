"""The scripts behind make: the page of figures, and the stamp that saves an installation."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scripts.lock_stamp import stamp
from scripts.render_figures import main, number, read_figures, render

AT = datetime(2026, 1, 31, tzinfo=UTC)


def test_only_lines_that_are_figures_are_read() -> None:
    output = 'warming up\n{"figure": "rows", "value": 5, "unit": "1/s"}\n{"other": 1}\n'

    assert list(read_figures(output)) == [{"figure": "rows", "value": 5, "unit": "1/s"}]


def test_the_page_has_a_line_for_every_figure() -> None:
    figure = {"figure": "rows", "value": 12_345.6, "unit": "1/s", "versus": "bare copy", "ratio": 0.7312}

    page = render([("import_file.py", figure)], "2 cores", AT)

    assert page.endswith("| rows | 12,346 | 1/s | bare copy | 0.731 | import_file.py |\n")
    assert "Machine: 2 cores. Date: 2026-01-31." in page


@pytest.mark.parametrize(("value", "text"), [(None, ""), (0, "0"), (12_345, "12,345"), (0.12345, "0.123"), (110.4, "110"), ("n/a", "n/a")])
def test_numbers_are_written_for_people(value: object, text: str) -> None:
    assert number(value) == text


def test_a_benchmark_that_fails_is_reported_and_the_others_still_stand_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "measures"
    folder.mkdir()
    (folder / "good.py").write_text('print(\'{"figure": "a", "value": 1, "unit": "s"}\')', encoding="utf-8")
    (folder / "poor.py").write_text("raise SystemExit('out of luck')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    code = main(["measures", "figures.md"])

    assert code == 1
    assert "out of luck" in capsys.readouterr().err
    assert "| a | 1 | s |" in (tmp_path / "figures.md").read_text(encoding="utf-8")


def test_the_stamp_changes_with_the_lock_and_with_the_project(tmp_path: Path) -> None:
    lock, project = tmp_path / "base.txt", tmp_path / "pyproject.toml"
    lock.write_text("a==1", encoding="utf-8")
    project.write_text("[project]", encoding="utf-8")
    first = stamp(lock, project)

    lock.write_text("a==2", encoding="utf-8")

    assert stamp(lock, project) != first
    lock.write_text("a==1", encoding="utf-8")
    assert stamp(lock, project) == first
