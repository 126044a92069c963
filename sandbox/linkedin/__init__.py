"""Stand-in for LinkedIn's Lead Sync API as far as reading responses and pushing their ids need it.

Comes in: API requests and dials. Goes out: API answers, challenges and signed pushes.
Guarantees: the same calls at the same times give the same ids and the same order.
"""

from sandbox.linkedin.stand_in import LinkedInStandIn

__all__ = ["LinkedInStandIn"]
