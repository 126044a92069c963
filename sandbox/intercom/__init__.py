"""Stand-in for Intercom's notifications of contacts and conversations; it has no API of its own.

Comes in: dials. Goes out: a HEAD request, a ping and signed notifications.
Guarantees: the same dials at the same times give the same ids and the same order.
"""

from sandbox.intercom.stand_in import IntercomStandIn

__all__ = ["IntercomStandIn"]
