"""Measurements of Leadloom on the machine at hand, each beside what it is compared with."""
