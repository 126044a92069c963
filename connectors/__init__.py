"""The connectors that ship with Leadloom: one folder per outside system, loaded by the registry on first use."""
