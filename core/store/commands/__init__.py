"""The commands: every change of the database, as picklable values."""
