"""The page on mapping files and its how-to tell the truth: what they show is sound and does what it says, and nothing is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.flow.mapping import words
from core.flow.mapping.blocks import Blocks
from core.flow.mapping.chains import ChainReader
from core.flow.mapping.document import DocumentReader
from core.flow.mapping.expressions import FUNCTIONS
from core.flow.mapping.transforms import TRANSFORMS, Sample, Transform, read_arguments
from core.model.records import Scalar
from core.model.vocabulary import ACCOUNT_FIELDS, LEAD_FIELDS, OPTIONS, Kind, Subject, kind_of
from core.runtime.config.document import read_document
from core.runtime.mapping_trial import try_examples
from core.runtime.mappings import MappingFile
from scripts.mapping_page import written

PAGE = Path("docs/reference/mapping.md")
HOW_TO = Path("docs/how-to/from-a-meta-form-to-salesforce.md")
ASSEMBLY = Path("docs/how-to/formassembly-to-salesforce.md")
INBOUND = {"kind": "inbound", "name": "shown", "from": {"connection": "form"}}
SYNC = {"kind": "sync", "name": "shown", "to": {"connection": "crm", "object": "Lead"}, "external_id": "Id__c"}


def blocks() -> Iterator[Any]:
    for path in (PAGE, HOW_TO, ASSEMBLY):
        for number, text in enumerate(re.findall(r"^```yaml\n(.*?)^```$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE), 1):
            document = read_document(text.encode(), "page").value
            if "fields" in document:
                yield pytest.param(document, id=f"{path.stem}-{number}")


def whole(shown: Mapping[str, Any]) -> dict[str, Any]:
    """The document, completed where the page shows some lines only."""
    if "kind" in shown:
        return dict(shown)
    return {**(INBOUND if all(kind_of(Subject.LEAD, name) for name in shown["fields"]) else SYNC), **shown}


def no_rows(_: str) -> Mapping[str, Scalar]:
    return {"north": "DE"}


@pytest.mark.parametrize("shown", list(blocks()))
def test_every_example_is_sound_and_does_what_it_says(shown: Mapping[str, Any]) -> None:
    reader = DocumentReader(whole(shown), "v1", tables=no_rows)

    mapping = reader.read()

    assert mapping is not None, reader.problems
    tried = try_examples(MappingFile(PAGE, "", mapping)).examples
    assert [each for each in tried if not each.passed] == []


def test_the_page_names_every_field_kind_and_step() -> None:
    page = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"`([A-Za-z_]+)`", page)) | set(re.findall(r"([A-Za-z_]+)\(", page))
    keys = (*words.INBOUND_TOP, *words.SYNC_TOP, *words.INBOUND_LINE, *words.SYNC_LINE, *words.EXAMPLE)

    missing = {*LEAD_FIELDS, *ACCOUNT_FIELDS, *TRANSFORMS, *FUNCTIONS, *(kind.value for kind in Kind), *words.names(keys)} - named

    assert not missing
    assert not {option.name for options in OPTIONS.values() for option in options} - named


@pytest.mark.parametrize(
    ("transform", "sample"),
    [pytest.param(each, sample, id=f"{each.name}-{number}") for each in TRANSFORMS.values() for number, sample in enumerate(each.samples)],
)
def test_a_sample_is_written_so_that_a_file_may_have_it_so(transform: Transform, sample: Sample) -> None:
    found = Blocks()
    line = read_document(f"do:\n- {written(transform, sample)}\n".encode(), "page").value

    chain = ChainReader(found, no_rows).block(line, ("fields", "it"))

    assert found.problems == []
    assert [(each.transform, each.arguments) for each in chain.steps] == [(transform, read_arguments(transform, sample.arguments))]
