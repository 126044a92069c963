"""Consent is read from words that mean it, and from no others."""

from __future__ import annotations

import pytest

from core.flow.pipeline import Means, observe
from core.model.records import Observation
from tests.support.builders import inbound_mapping, plain_digest, rules, submission


def answers(consent: object, **fields: object) -> list[tuple[str, bool]]:
    mapping = inbound_mapping(consent={"marketing": consent})
    record = {"email": "ada1@example.com", **fields}
    found = observe(submission(1, record), rules(inbound=[mapping]), Means(new_id=lambda: "o1", digest=plain_digest))
    assert isinstance(found, Observation)
    return [(entry.purpose, entry.granted) for entry in found.consents]


@pytest.mark.parametrize("word", ["yes", "1", "on", True, "Ja", "checked"])
def test_a_word_for_yes_is_consent(word: object) -> None:
    assert answers("newsletter", newsletter=word) == [("marketing", True)]


@pytest.mark.parametrize("word", ["no", "0", "off", False, "nein"])
def test_a_word_for_no_is_a_refusal(word: object) -> None:
    assert answers("newsletter", newsletter=word) == [("marketing", False)]


@pytest.mark.parametrize("word", ["I do not agree", "later", "", None, []])
def test_any_other_answer_is_none_at_all(word: object) -> None:
    assert answers("newsletter", newsletter=word) == []


def test_a_forms_own_words_for_yes_are_listed_in_the_mapping() -> None:
    rule = {"from": "newsletter", "yes": ["I agree "]}

    assert answers(rule, newsletter="i agree") == [("marketing", True)]
    assert answers(rule, newsletter="I do not agree") == []
