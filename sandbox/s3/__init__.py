"""Stand-in for S3-compatible storage as far as listing a bucket and fetching objects needs it.

Comes in: signed API requests and dials. Goes out: API answers; it pushes nothing.
Guarantees: the same calls at the same times give the same answers; signatures are computed again from the request as it arrived.
"""

from sandbox.s3.stand_in import S3StandIn

__all__ = ["S3StandIn"]
