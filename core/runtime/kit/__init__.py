"""The connector kit: the skeleton of a connector's package, written from the templates in this folder.

A `.txt` file is a template; `$id`, `$package`, `$class_name` and `$title` in its text, and
`ID` and `PACKAGE` in its path, are replaced.
"""

from core.runtime.kit.skeleton import Kind, write_skeleton

__all__ = ["Kind", "write_skeleton"]
