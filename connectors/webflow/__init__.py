"""Webflow: submissions of the forms on its sites, pushed by webhooks that may be signed."""
