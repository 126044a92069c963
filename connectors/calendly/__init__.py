"""Calendly: people who book or cancel a meeting, pushed by signed webhooks."""
