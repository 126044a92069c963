"""The page on mapping files tells the truth: its examples are sound, and it lists every field, kind and step."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.flow.mapping.document import DocumentReader
from core.flow.mapping.steps import STEPS
from core.model.vocabulary import ACCOUNT_FIELDS, LEAD_FIELDS, Kind
from core.runtime.config.document import read_document

PAGE = Path("docs/reference/mapping.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_of_the_page_is_sound(text: str) -> None:
    reader = DocumentReader(read_document(text.encode(), "page").value, "v1")

    mapping = reader.read()

    assert mapping is not None, reader.problems


def test_the_page_names_every_field_kind_and_step() -> None:
    named = set(re.findall(r"`([a-z_]+)`", PAGE))

    missing = {*LEAD_FIELDS, *ACCOUNT_FIELDS, *STEPS, *(kind.value for kind in Kind)} - named

    assert not missing
