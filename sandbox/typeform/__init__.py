"""Stand-in for Typeform's API as far as reading responses needs it.

Comes in: API requests and dials. Goes out: API answers; it pushes nothing.
Guarantees: the same calls at the same times give the same ids and the same order.
"""

from sandbox.typeform.stand_in import TypeformStandIn

__all__ = ["TypeformStandIn"]
