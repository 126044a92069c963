"""Event codes, metrics, redaction: what an operator sees of the engine, never a person's data."""
