"""The questions: everything that is read from the database, as plain values."""
