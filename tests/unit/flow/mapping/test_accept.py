"""The block `accept`: what is wrong with it is said in its place."""

from __future__ import annotations

from typing import Any

import pytest

from core.flow.mapping.accepting import rejection
from core.flow.mapping.document import DocumentReader
from tests.support.builders import inbound_mapping


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("yes", "`accept` must be a block"),
        ({"limit": 3}, "`limit` is not known here"),
        ({"cap": -1}, "`cap` must be a whole number, 0 or more"),
        ({"cap": 2.5}, "`cap` must be a whole number"),
        ({"cap": {"A": 1, " a": 2}}, "stands twice under `cap`"),
        ({"cost": 45}, "`cost` and `currency` belong together"),
        ({"cost": "45", "currency": "EUR"}, "`cost` must be a number"),
        ({"doubles": "never"}, "`doubles` must be one of"),
        ({"reject": {"when": "email"}}, "`reject` must be a list"),
        ({"reject": [{"when": "email"}]}, "This rule lacks `reason:`"),
        ({"reject": [{"when": "e_mail", "reason": "x"}]}, "e_mail"),
    ],
)
def test_what_is_wrong_is_said(block: Any, told: str) -> None:
    document = {"kind": "inbound", "name": "n", "from": {"connection": "c"}, "fields": {"email": "email"}, "accept": block}
    reader = DocumentReader(document, "v1")

    assert reader.read() is None
    assert any(told in problem.message for problem in reader.problems), reader.problems


def test_the_first_rule_that_holds_gives_the_reason_and_a_missing_value_meets_no_comparison() -> None:
    rules = [{"when": "employees < 50", "reason": "small"}, {"when": '!(country in ["DE"])', "reason": "region"}]
    accept = inbound_mapping(accept={"reject": rules}).accept
    assert accept is not None

    assert rejection(accept, {"employees": 10, "country": "FR"}) == "small"
    assert rejection(accept, {"country": "FR"}) == "region"
    assert rejection(accept, {"country": "DE"}) is None
