"""The mapping of the comparison as an admin writes it, compiled as the engine does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from benchmarks.support.mapping_peers.rules import Flat
from benchmarks.support.mapping_records import Record
from core.flow.mapping.apply import CompiledInbound, Reading
from core.flow.mapping.compiling.values import LineProblem
from core.flow.mapping.document import DocumentReader
from core.flow.mapping.model import InboundMapping
from core.flow.pipeline import compiled_inbound
from core.runtime.config.document import read_document

MAPPING = """\
kind: inbound
name: leads of the comparison
from: {connection: forms}
to: Lead
fields:
  email: {from: [contact.email, contact.work_email], do: lower, as: text}
  first_name: {from: contact.first_name, do: collapse, as: text}
  last_name: {from: contact.last_name, do: collapse, as: text}
  full_name: {join: {fields: [contact.first_name, contact.last_name], with: " "}, as: text}
  phone: {from: contact.phones.0, do: trim, as: text}
  job_title: contact.role.title | collapse
  company: {from: company.name, do: [collapse, truncate: 30], as: text}
  industry: {from: company.industry, default: Other}
  city: company.address.city | collapse
  postal_code: {from: company.address.postal_code, do: upper, as: text}
  country:
    from: company.address.country
    as: text
    map:
      Germany: DE
      Deutschland: DE
      DE: DE
      Austria: AT
      Switzerland: CH
      United Kingdom: GB
      UK: GB
      France: FR
      USA: US
    unlisted: drop
  language: {from: contact.language, do: [lower, truncate: 2], default: en, as: text}
  campaign: {from: campaign.name, do: [collapse, lower], when: consent.tracking == "yes"}
  source: {const: Web form}
  message: "message | collapse | truncate: 120"
"""


def compile_ours() -> CompiledInbound:
    """Read and compile the mapping; raises ValueError where it is not sound."""
    document = read_document(MAPPING.encode(), "comparison.yaml")
    reader = DocumentReader(document.value, "1", number=lambda place: document.marks.get(place, (0, 0))[0])
    mapping = reader.read()
    if not isinstance(mapping, InboundMapping):
        raise ValueError("; ".join(f"{problem.place}: {problem.message}" for problem in reader.problems))
    return compiled_inbound(mapping)


class Ours:
    """Values alone."""

    def __init__(self) -> None:
        """Compile."""
        self._values = compile_ours().values

    def __call__(self, records: Iterable[Record]) -> Iterator[Flat]:
        """Map records; a problem would be a fault of the benchmark."""
        values, context = self._values, _CONTEXT
        problems: list[LineProblem] = []
        for record in records:
            yield values(record, context, problems)  # type: ignore[misc]
        if problems:
            raise ValueError(f"{len(problems)} problems, the first: {problems[0]}")


class OursTraced:
    """Values with their provenance: which path, which steps, the raw value."""

    def __init__(self) -> None:
        """Compile."""
        self._trace = compile_ours().trace

    def readings(self, records: Iterable[Record]) -> Iterator[Reading]:
        """Map records to readings."""
        trace, context = self._trace, _CONTEXT
        for record in records:
            yield trace(record, context)

    def __call__(self, records: Iterable[Record]) -> Iterator[Flat]:
        """Map records and give the values, for the comparison; each must have its reason."""
        for reading in self.readings(records):
            if reading.problems or reading.values.keys() != reading.why.keys():
                raise ValueError(f"{reading.problems} {reading.values.keys() ^ reading.why.keys()}")
            yield reading.values  # type: ignore[misc]


_CONTEXT: dict[str, Any] = {"connection": "forms"}
