"""From a sound mapping to Python functions that read like hand-written ones.

Comes in: a mapping and what the kinds do. Goes out: its functions, with their source text.
Guarantees: no path is parsed and nothing is looked up by name while records pass; the file's text reaches the source as literals only.
"""
