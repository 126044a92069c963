"""May we hold it, may we send it.

Comes in: consent entries. Goes out: a yes or no with its reason. Guarantees: pure; a withdrawal stands until later consent.
"""
