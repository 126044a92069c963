"""Connector for HubSpot: contacts, companies, deals and other CRM objects, in both directions.

Comes in: writes, look-ups and reads in HubSpot's own words, and its signed webhooks. Goes out: one receipt per write, pages of
changes, events. Guarantees: results are matched by id and never by position; one bad record never fails its batch; a cursor
never runs ahead of HubSpot's search index.
"""
