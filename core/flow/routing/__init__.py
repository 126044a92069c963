"""Which connections get a record, and what each remote record should be.

Comes in: a golden record and the sync mappings. Goes out: link changes. Guarantees: pure; the same want gives no change;
every golden record and mapping have exactly one primary link, also when nothing is to be sent.
"""
