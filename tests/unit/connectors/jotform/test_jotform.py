"""A post of Jotform: which token opens, the answers inside `rawRequest`, edits and repetitions, and limits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.jotform.connector import Jotform
from connectors.jotform.settings import JotformSettings
from core.contract import Change, Context, Event, InboundRequest, Invalid, Outcome, SignatureInvalid

NOW = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
TOKEN = "j0tform-t0ken-0123456789"
MULTIPART = "multipart/form-data; boundary=----x"
RAW = {
    "slug": "submit/240000000000001",
    "jsExecutionTracker": "build-date-1=>init:1",
    "timeToSubmit": "12",
    "q3_name": {"first": "Zoë", "last": "Vandamme"},
    "q4_email": "zoe@example.com",
    "q5_phoneNumber": {"full": "(202) 555-0123"},
    "q6_interests": ["Prices, and more", "Dates"],
    "q12_utm_source": "news",
    "event_id": "1790_240000000000001_abc",
}


class NoWorld:
    """Fails on any use, because a webhook connector may use nothing of the runtime."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the connector used {name}")


def jotform(**settings: Any) -> Jotform:
    world = NoWorld()
    return Jotform(JotformSettings.model_validate({"token": TOKEN, **settings}), Context(http=world, clock=world, sdk=world))


def encode(parts: Sequence[tuple[str, str]], extra: bytes = b"") -> bytes:
    rows = [f'------x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in parts]
    return b"".join(rows) + extra + b"------x--\r\n"


def post(raw: object = RAW, *, content_type: str = MULTIPART, extra: bytes = b"", **parts: str) -> InboundRequest:
    pairs = {
        "action": "",
        "webhookURL": f"https://leads.example.com/hooks/jotform/{TOKEN}",
        "formID": "240000000000001",
        "formTitle": "Ask for a call",
        "submissionID": "5900000000000000001",
        "ip": "192.0.2.7",
        "pretty": "Name:Zoë Vandamme, Email:zoe@example.com",
        "rawRequest": raw if isinstance(raw, str) else json.dumps(raw),
        **parts,
    }
    url = f"https://leads.example.com/hooks/jotform/{TOKEN}"
    return InboundRequest("POST", url, {"content-type": content_type}, encode([*pairs.items()], extra), NOW)


def change(events: Sequence[Event]) -> Change:
    (event,) = events
    assert event.change is not None
    return event.change


def test_a_whole_post_becomes_one_submission() -> None:
    told = change(jotform().parse(post()))
    assert (told.object, told.id, told.changed_at) == ("submission", "5900000000000000001", NOW)
    assert told.fields == {
        "id": "5900000000000000001",
        "form": {"id": "240000000000001", "title": "Ask for a call"},
        "ip": "192.0.2.7",
        "answers": {
            "name": {"first": "Zoë", "last": "Vandamme"},
            "email": "zoe@example.com",
            "phoneNumber": {"full": "(202) 555-0123"},
            "interests": ["Prices, and more", "Dates"],
            "utm_source": "news",
        },
        "questions": {
            "3": {"first": "Zoë", "last": "Vandamme"},
            "4": "zoe@example.com",
            "5": {"full": "(202) 555-0123"},
            "6": ["Prices, and more", "Dates"],
            "12": "news",
        },
    }


def test_our_own_token_never_becomes_part_of_a_record() -> None:
    assert TOKEN not in json.dumps(dict(change(jotform().parse(post())).fields))


def test_the_same_answers_again_are_a_repetition_whatever_else_differs() -> None:
    (first,) = jotform().parse(post())
    (again,) = jotform().parse(post({**RAW, "timeToSubmit": "99", "event_id": "other"}, ip="192.0.2.8"))
    assert again.id == first.id


def test_an_edited_submission_is_another_state_of_the_same_record() -> None:
    (first,) = jotform().parse(post())
    (edited,) = jotform().parse(post({**RAW, "q4_email": "zoe@example.org"}))
    assert edited.id != first.id
    assert change([edited]).id == change([first]).id


def test_a_file_in_the_post_is_not_kept() -> None:
    extra = b'------x\r\nContent-Disposition: form-data; name="rawRequest"; filename="a.txt"\r\n\r\n{}\r\n'
    assert change(jotform().parse(post(extra=extra))).fields["answers"]


def test_only_the_listed_forms_are_taken() -> None:
    assert list(jotform(forms=[240000000000002]).parse(post())) == []
    assert jotform(forms=[240000000000001]).parse(post())


@pytest.mark.parametrize("raw", ["", "{", "[]", "null", "[" * 5_000])
def test_answers_that_cannot_be_read_are_invalid(raw: str) -> None:
    with pytest.raises(Invalid):
        jotform().parse(post(raw))


@pytest.mark.parametrize("native_id", ["", "../x", "9" * 41])
def test_a_post_without_a_submission_id_is_invalid(native_id: str) -> None:
    with pytest.raises(Invalid) as caught:
        jotform().parse(post(submissionID=native_id))
    assert caught.value.field == "submissionID"


@pytest.mark.parametrize("content_type", ["", "application/json", "multipart/form-data", "multipart/mixed; boundary=----x"])
def test_another_media_type_is_named_as_such(content_type: str) -> None:
    with pytest.raises(Invalid) as caught:
        jotform().parse(post(content_type=content_type))
    assert caught.value.rule == "content_type"


def test_a_post_with_too_many_parts_is_invalid() -> None:
    with pytest.raises(Invalid) as caught:
        jotform().parse(InboundRequest("POST", post().url, post().headers, encode([("part", "")] * 201), NOW))
    assert caught.value.rule == "max_fields"


def test_a_body_that_is_cut_off_is_invalid() -> None:
    whole = post()
    cut = InboundRequest("POST", whole.url, whole.headers, whole.body[:-30], NOW + timedelta(seconds=1))
    with pytest.raises(Invalid):
        jotform().parse(cut)


@pytest.mark.parametrize("path", ["/hooks/jotform", "/hooks/jotform/wrong", f"/hooks/jotform/{TOKEN}x", f"/hooks/jotform?token={TOKEN}"])
def test_only_the_token_in_the_path_opens(path: str) -> None:
    with pytest.raises(SignatureInvalid):
        jotform().verify(InboundRequest("POST", f"https://leads.example.com{path}", {}, b"", NOW))
    jotform().verify(post())


@pytest.mark.parametrize("token", ["", "short", "with a blank in the middle", "ä" * 20])
def test_a_token_that_can_be_guessed_or_mistyped_is_refused(token: str) -> None:
    with pytest.raises(ValidationError):
        JotformSettings.model_validate({"token": token})


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.STORED, 200), (Outcome.INVALID, 400), (Outcome.REFUSED, 401), (Outcome.UNAVAILABLE, 503)]
)
def test_jotform_hears_what_became_of_it(outcome: Outcome, status: int) -> None:
    assert jotform().answer(post(), outcome).status == status
