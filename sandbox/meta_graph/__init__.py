"""Stand-in for Meta's Graph API as far as lead ads need it.

Comes in: Graph requests and dials. Goes out: Graph answers and signed `leadgen` webhooks.
Guarantees: the same calls at the same times give the same ids and the same order.
"""

from sandbox.meta_graph.stand_in import MetaGraphStandIn

__all__ = ["MetaGraphStandIn"]
