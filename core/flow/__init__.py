"""What happens to a record, a folder per stage; `pipeline` is the table of contents.

Comes in: inbox rows and what the store knows. Goes out: plans and receipts. Guarantees: pure stages decide, I/O stages
carry out; stages on one level do not know each other.
"""
