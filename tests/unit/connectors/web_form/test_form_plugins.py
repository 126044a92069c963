"""What form plugins post is read, and becomes the lead that the how-to's mapping for it promises."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from connectors.web_form.connector import WebForm
from connectors.web_form.settings import WebFormSettings
from core.contract import InboundRequest, Invalid, JsonValue, Outcome
from core.flow.mapping.document import DocumentReader
from core.flow.mapping.model import InboundMapping
from core.flow.pipeline import compiled_inbound
from core.runtime.config.document import read_document
from core.runtime.mapping_trial import try_examples
from core.runtime.mappings import MappingFile
from tests.support.form_plugins import FORM, POSTS, Post
from tests.support.http import HandClock
from tests.support.memory_bench import quiet_context

HOW_TO = Path("docs/how-to/leads-from-wordpress-forms.md")
TOKEN = "f0rm-t0ken-0123456789"


def parsed(post: Post) -> tuple[str, dict[str, JsonValue]]:
    settings = WebFormSettings.model_validate({"token": TOKEN, "id_field": post.id_field})
    form = WebForm(settings, quiet_context(HandClock()))
    headers = {"content-type": post.content_type}
    url = f"https://leads.example.com/hooks/site/{TOKEN}"
    request = InboundRequest("POST", url, headers, post.body, datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    form.verify(request)
    (event,) = form.parse(request)
    reply = form.answer(request, Outcome.STORED)
    assert reply.status == 200 and 0 < len(reply.body) < 100
    assert event.change is not None
    return event.change.id, dict(event.change.fields)


def mappings() -> dict[str, dict[str, Any]]:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", HOW_TO.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    shown = [read_document(text.encode(), "page").value for text in blocks]
    return {document["name"]: document for document in shown if "kind" in document}


@pytest.mark.parametrize("post", POSTS.values(), ids=list(POSTS))
def test_a_plugins_post_becomes_the_lead_that_the_how_to_promises(post: Post) -> None:
    native_id, fields = parsed(post)

    example = {"name": "posted", "given": fields, "expect": dict(post.expect)}
    reader = DocumentReader({**mappings()[post.mapping], "examples": [example]}, "v1")
    mapping = reader.read()

    assert mapping is not None, reader.problems
    assert [each for each in try_examples(MappingFile(HOW_TO, "", mapping)).examples if not each.passed] == []
    assert post.native_id is None or native_id == post.native_id


def test_every_mapping_of_the_how_to_is_tried() -> None:
    assert set(mappings()) == {post.mapping for post in POSTS.values()}


@pytest.mark.parametrize("text", ["{", "[1]", "5", "", '{"a": NaN}', "[" * 5_000])
def test_a_data_json_that_is_none_stays_the_text_that_came(text: str) -> None:
    _, fields = parsed(Post("unbounce", FORM, urlencode({"a": "1", "data.json": text}).encode(), {}))
    assert fields["data.json"] == text and "data" not in fields


def test_a_forms_own_field_of_the_same_name_keeps_its_place() -> None:
    body = urlencode({"data[x]": "1", "data.json": json.dumps({"email": ["a@example.com"]})}).encode()
    _, fields = parsed(Post("unbounce", FORM, body, {}))
    assert fields["data"] == {"x": "1"} and "data.json" in fields


def test_what_is_packed_counts_against_the_limits() -> None:
    for packed in ({"a": ["x"] * 600}, {"a": "x" * 70_000}):
        with pytest.raises(Invalid):
            parsed(Post("unbounce", FORM, urlencode({"data.json": json.dumps(packed)}).encode(), {}))


def test_half_a_surrogate_pair_inside_the_packed_fields_becomes_storable() -> None:
    _, fields = parsed(Post("unbounce", FORM, urlencode({"data.json": '{"a": ["\\ud800"]}'}).encode(), {}))
    assert fields["data"] == {"a": ["?"]}


def test_several_answers_to_one_question_of_formassembly_stay_several() -> None:
    body = urlencode([("tfa_3", "zoe@example.com"), ("tfa_5", "tfa_6"), ("tfa_5", "tfa_7")]).encode()
    _, fields = parsed(Post("formassembly", FORM, body, {}))
    assert fields["tfa_5"] == ["tfa_6", "tfa_7"]


def test_a_consent_box_of_formassembly_says_yes_by_its_options_number_and_nothing_else_does() -> None:
    mapping = DocumentReader(mappings()["formassembly"], "v1").read()
    assert isinstance(mapping, InboundMapping)
    answers = {
        ticked: compiled_inbound(mapping).trace({"tfa_3": "zoe@example.com", "tfa_9": ticked}, {}).consents.get("marketing")
        for ticked in ("tfa_10", "tfa_11")
    }
    (rule,) = mapping.consents
    assert [value for value in answers.values() if str(value).casefold() in rule.yes] == ["tfa_10"]
