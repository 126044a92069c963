"""What connectors that take pushes share: JSON is read or refused with a reason, and platforms hear what they understand."""

from __future__ import annotations

import json

import pytest

from core.contract import Invalid, Outcome, json_object, read_json, usual_answer


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_an_object_is_read_in_every_charset_of_json(charset: str) -> None:
    assert json_object(json.dumps({"name": "Zoë"}, ensure_ascii=False).encode(charset)) == {"name": "Zoë"}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe\x00", b"{'a': 1}", b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": 1e400}', b"9" * 5_000]
)
def test_what_is_no_json_is_refused_as_such(body: bytes) -> None:
    with pytest.raises(Invalid, match=r"^The push is not JSON\.$") as refused:
        json_object(body)

    assert refused.value.rule == "json"


def test_what_is_nested_too_deeply_is_refused_as_such() -> None:
    with pytest.raises(Invalid, match=r"^The push is nested too deeply\.$"):
        json_object(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"a"'])
def test_json_that_is_no_object_is_refused_as_such(body: bytes) -> None:
    with pytest.raises(Invalid, match=r"^The part is not a JSON object\.$") as refused:
        json_object(body, "part", field="of.it")

    assert refused.value.field == "of.it"
    assert read_json(body) == json.loads(body)


@pytest.mark.parametrize(("outcome", "status"), [(Outcome.STORED, 200), (Outcome.INVALID, 200), (Outcome.REFUSED, 401)])
def test_what_is_genuine_is_acknowledged_and_what_is_not_is_refused(outcome: Outcome, status: int) -> None:
    answer = usual_answer(outcome)

    assert answer.status == status and "retry-after" not in answer.headers


def test_what_could_not_be_stored_is_asked_for_again() -> None:
    answer = usual_answer(Outcome.UNAVAILABLE)

    assert answer.status == 503 and answer.headers["retry-after"] == "60"
