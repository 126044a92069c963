"""Sent and seen: what each side said last about each field of a record, and what follows from it.

Comes in: what a link knows, what its record says, what we want there. Goes out: what moved, what to write, what diverged.
Guarantees: pure; a field settles in one step; nothing that did not move is written.
"""
