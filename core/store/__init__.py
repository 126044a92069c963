"""The only SQL: tables, commands that change them, queries that read them, encryption at rest, migrations.

Comes in: commands and questions. Goes out: plain values. Guarantees: on SQLite one writer, group commit with
`synchronous=FULL`; personal bytes are stored encrypted; a command is applied whole or not at all.
"""
