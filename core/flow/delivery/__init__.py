"""Bring links level: minimal differences, batches as large as the vendor allows, one receipt per record.

Comes in: links that are behind. Goes out: outcomes per link. Guarantees: no crash, retry or lost answer creates a second
remote record; one bad record does not hold back the others; a write that changes nothing is not sent.
"""
