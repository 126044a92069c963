"""Salesforce: leads, contacts, accounts and campaign records over REST, sObject Collections and Bulk API 2.0.

Comes in: `Write`s, cursors and matches in Salesforce's own words. Goes out: changes, receipts and field descriptions.
Guarantees: no write is reported as done before Salesforce said so for that row; reading never skips a record.
"""
