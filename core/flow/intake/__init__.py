"""Webhook, poll and file to the durable inbox.

Comes in: deliveries and pages. Goes out: inbox rows, committed before the sender is answered. Guarantees: nothing is
acknowledged that is not on disk; the same delivery twice is one submission; a page and its cursor are stored together.
"""
