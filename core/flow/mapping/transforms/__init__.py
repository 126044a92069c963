"""The named transforms that a line of a mapping puts its value through.

Comes in: a value as a path found it, or as the transform before gave it. Goes out: the value changed, or None for nothing.
Guarantees: pure; total on its shape, failing by TransformFailed alone; documented samples are true.
"""

from core.flow.mapping.transforms.arguments import read_arguments
from core.flow.mapping.transforms.registry import TRANSFORMS, find_transform
from core.flow.mapping.transforms.transform import (
    Arguments,
    OutOfDomain,
    Parameter,
    Sample,
    Shape,
    Transform,
    TransformFailed,
    TransformRefused,
    two_way,
)

__all__ = [
    "TRANSFORMS",
    "Arguments",
    "OutOfDomain",
    "Parameter",
    "Sample",
    "Shape",
    "Transform",
    "TransformFailed",
    "TransformRefused",
    "find_transform",
    "read_arguments",
    "two_way",
]
