"""Airtable: the records of a base's tables, by poll."""
