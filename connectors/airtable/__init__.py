"""Airtable: the records of a base's tables, by poll, at once when a webhook tells of a change."""
