"""Stand-in for Zoom as far as webinars' registrations and attendance need it.

Comes in: token and API requests, and dials. Goes out: API answers, the handshake and signed webhooks.
Guarantees: the same calls at the same times give the same ids and the same order.
"""

from sandbox.zoom.stand_in import ZoomStandIn

__all__ = ["ZoomStandIn"]
