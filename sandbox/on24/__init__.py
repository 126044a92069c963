"""Stand-in for ON24's REST API as far as registrations and attendance need it.

Comes in: API requests and dials. Goes out: JSON answers; it pushes nothing.
Guarantees: the same calls at the same times give the same ids and the same order.
"""

from sandbox.on24.stand_in import On24StandIn

__all__ = ["On24StandIn"]
