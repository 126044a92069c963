"""Stand-in for TikTok's Business API as far as subscribing to leads and pushing them need it.

Comes in: API requests and dials. Goes out: API answers, always HTTP 200, and signed pushes.
Guarantees: the same calls at the same times give the same ids and the same order.
"""

from sandbox.tiktok.stand_in import TikTokStandIn

__all__ = ["TikTokStandIn"]
