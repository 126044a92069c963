"""Ask enrichment providers for what golden records lack.

Comes in: golden records that changed. Goes out: answers in the inbox, as observations that may fill blanks only.
Guarantees: nothing is asked twice while its answer or its absence holds, and nothing beyond a day's cost.
"""
