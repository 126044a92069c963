"""Singer: the records of any tap, run in an environment of its own."""
