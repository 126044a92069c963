"""The demonstration ends well when every lead is accounted for, and notices when one is not."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demo.books import Books, Crm
from demo.files import bom_csv, german_csv
from demo.installation import fresh_folder
from demo.people import MOST, person
from demo.processes import DemoFailed
from demo.report import disagreements
from demo.senders import Sent
from demo.submissions import Plan, Way, make_plan

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(300)
def test_the_demonstration_accounts_for_every_lead(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "demo", "--folder", str(tmp_path / "demo")]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "All 308 submissions are accounted for" in done.stdout


def test_a_course_that_went_as_planned_leaves_nothing_to_complain_about() -> None:
    plan = make_plan()

    assert list(disagreements(plan, _books(plan), _crms(plan), Sent())) == []


def test_one_lead_less_in_the_books_is_noticed() -> None:
    plan = make_plan()
    books = _books(plan)
    books.outcomes["all"]["new"] -= 1

    assert len(list(disagreements(plan, books, _crms(plan), Sent()))) == 1


def test_one_record_less_or_twice_in_a_crm_is_noticed() -> None:
    plan = make_plan()
    salesforce, hubspot = _crms(plan)

    assert len(list(disagreements(plan, _books(plan), [replace(salesforce, records=salesforce.records - 1), hubspot], Sent()))) == 1
    assert len(list(disagreements(plan, _books(plan), [salesforce, replace(hubspot, doubles=1)], Sent()))) == 1


def test_something_that_waits_is_noticed() -> None:
    plan = make_plan()

    assert len(list(disagreements(plan, replace(_books(plan), waiting=1), _crms(plan), Sent()))) == 1


def test_a_forged_push_that_is_let_in_is_noticed() -> None:
    plan = make_plan()
    sent = Sent(refused=[("push with a wrong signature", 401, 200)])

    assert len(list(disagreements(plan, _books(plan), _crms(plan), sent))) == 1


def test_no_two_invented_people_are_alike() -> None:
    people = [person(number) for number in range(MOST)]

    assert len({someone.email for someone in people}) == MOST
    assert len({(someone.full_name, someone.company) for someone in people}) == MOST


def test_the_lists_are_as_messy_as_promised() -> None:
    plan = make_plan()
    german, bom = german_csv(plan.of(Way.CSV_GERMAN)), bom_csv(plan.of(Way.CSV_BOM))

    assert ";01067;" in german.decode("cp1252")
    assert "\n" in german.decode("cp1252").split('"Rief zurück:')[1][:2]
    assert bom.startswith(b"\xef\xbb\xbf")
    assert bom.endswith(b"Ragged,Row\r\n")
    with pytest.raises(UnicodeDecodeError):
        german.decode("utf-8")


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(DemoFailed, match="holds something else"):
        fresh_folder(tmp_path)

    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "mine"


def test_a_persons_time_counts_from_the_first_submission() -> None:
    plan, sent = make_plan(), Sent()
    first = plan.of(Way.META_PUSH)[0]
    begun = datetime(2026, 1, 1, tzinfo=UTC)

    sent.note(first, begun)
    sent.note(first, begun + timedelta(seconds=5))

    assert sent.at == {first.who: begun}


def _books(plan: Plan) -> Books:
    return Books({"all": plan.acknowledged}, {"all": Counter(plan.outcomes)}, Counter(plan.quarantined), {}, {}, 0)


def _crms(plan: Plan) -> list[Crm]:
    salesforce = Crm("Salesforce", "salesforce-eu", 3 + plan.new_in_salesforce, 3, 0, 10, [])
    return [salesforce, Crm("HubSpot", "hubspot-eu", 6 + plan.new_in_hubspot, 6, 0, 10, [])]
