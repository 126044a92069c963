"""Records made ready in several processes are what one process makes of them, in the same order; one comparison at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="the bulk set is not installed: make setup-bulk")

from core.runtime.bulk import preparing
from core.runtime.bulk.deduping import working
from core.runtime.installation import Busy
from core.runtime.labelled_file import canonical

ROWS = [
    (str(number), {"first_name": f"Kim {number}", "email": f" Kim{number}@Example.com", "phone": "+49 30 23125001"}) for number in range(25)
]


def test_several_processes_give_what_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "AT_ONCE", 4)
    monkeypatch.setattr(preparing, "FEW", 10)
    alone = list(preparing.all_prepared(ROWS, canonical, 1))
    together = list(preparing.all_prepared(ROWS, canonical, 2))
    assert (
        [each.ids for each in together]
        == [each.ids for each in alone]
        == [[str(n) for n in range(at, min(at + 4, 25))] for at in range(0, 25, 4)]
    )
    assert [each.told for each in together] == [each.told for each in alone]
    assert [each.posting for each in together] == [each.posting for each in alone]
    assert [each.certain for each in together] == [each.certain for each in alone]


def test_two_comparisons_in_one_folder_are_refused(tmp_path: Path) -> None:
    with working(tmp_path, "one"), pytest.raises(Busy, match="Another `leadloom dedupe`"), working(tmp_path, "other"):
        pass
