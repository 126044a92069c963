"""Stand-ins for enrichment services.

Comes in: lookups and dials. Goes out: answers; nothing is pushed.
Guarantees: every lookup is counted, and the limits of a call and of a second are enforced.
"""

from sandbox.enrichers.builtwith import BuiltWithStandIn
from sandbox.enrichers.lookup import AeroLeadsStandIn, FactsStandIn

__all__ = ["AeroLeadsStandIn", "BuiltWithStandIn", "FactsStandIn"]
