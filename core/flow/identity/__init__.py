"""Who is this: keys, match, merge, survivorship.

Comes in: observations and who owns their keys. Goes out: groups of observations and the golden values folded from them.
Guarantees: pure; the result does not depend on the order of arrival; merging twice is merging once.
"""
