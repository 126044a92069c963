"""What Leadloom knows about people and companies: golden records, observations, consent, ids. Pure.

Comes in: plain values. Goes out: frozen values. Guarantees: no I/O, no clock, no randomness.
"""
