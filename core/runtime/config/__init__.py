"""The parts of reading config.yaml: the document with its line numbers, references to secrets, models, problems.

In comes the text of the file; out comes a validated value or every problem at once. `core.runtime.settings` is the door.
"""
