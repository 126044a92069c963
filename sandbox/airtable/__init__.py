"""Stand-in for Airtable's Web API as far as reading records needs it.

Comes in: API requests and dials. Goes out: API answers; it pushes nothing.
Guarantees: the same calls at the same times give the same answers.
"""

from sandbox.airtable.stand_in import AirtableStandIn

__all__ = ["AirtableStandIn"]
