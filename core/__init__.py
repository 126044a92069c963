"""Leadloom's engine and its doors: everything that is not a connector."""
