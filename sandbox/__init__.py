"""Stand-in servers that behave like the vendors, for demos, rehearsals and tests.

Comes in: HTTP requests as a vendor's client sends them. Goes out: the vendor's answers, faults included.
Guarantees: knows nothing of Leadloom's core or connectors, so that a judge never shares a mistake with the judged.
"""
