"""FastAPI: webhooks, API and console; the only async part of the house."""
