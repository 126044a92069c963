"""Translate between the vendors' words and ours, as the mapping files say.

Comes in: a mapping document and records. Goes out: values with provenance, or refusals with the reason.
Guarantees: pure and deterministic; every value says where it came from; all problems of a file are reported at once.
"""
