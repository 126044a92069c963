"""Intercom: people and conversations of a workspace, told by signed notifications."""
