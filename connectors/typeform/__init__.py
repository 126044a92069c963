"""Typeform: responses of an account's forms, pushed by signed webhooks and read from the Responses API."""
