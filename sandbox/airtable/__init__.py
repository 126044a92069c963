"""Stand-in for Airtable's Web API as far as reading records and the webhooks of a base need it.

Comes in: API requests and dials. Goes out: API answers, and pings to webhooks.
Guarantees: the same calls at the same times give the same answers.
"""

from sandbox.airtable.stand_in import AirtableStandIn

__all__ = ["AirtableStandIn"]
