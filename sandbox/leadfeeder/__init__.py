"""Stand-in for Leadfeeder's API as far as reading visits and companies needs it.

Comes in: API requests and dials. Goes out: JSON:API answers; it pushes nothing.
Guarantees: the same calls at the same times give the same ids and the same order.
"""

from sandbox.leadfeeder.stand_in import LeadfeederStandIn

__all__ = ["LeadfeederStandIn"]
