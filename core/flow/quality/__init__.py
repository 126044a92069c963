"""Normalise and validate values by kind.

Comes in: a raw value and its kind. Goes out: the canonical value, or the reason why it cannot be used.
Guarantees: pure; the canonical form of a canonical value is itself.
"""
