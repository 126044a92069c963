"""Jotform: submissions of its forms, posted to an address that only Jotform knows."""
