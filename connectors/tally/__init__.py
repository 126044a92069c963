"""Tally: submissions of its forms, pushed by signed webhooks."""
