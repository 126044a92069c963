"""Leadfeeder (Dealfront): which companies visited a web site, and when; never who."""
