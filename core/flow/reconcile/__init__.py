"""What a CRM's change means: an echo, news about somebody we know, somebody new, or the end of a record.

Comes in: changes that were read or pushed, and what the links know. Goes out: what must be decided. Guarantees: our own
write coming back is no news; what is dropped here changes nothing; absence is never a change.
"""
