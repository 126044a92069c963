"""Snapchat lead generation: leads of Snap lead forms, pushed to an address with an unguessable token."""
