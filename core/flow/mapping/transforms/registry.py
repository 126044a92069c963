"""All transforms by name, and looking one up."""

from __future__ import annotations

from collections.abc import Mapping

from core.flow.mapping.transforms.addresses import ADDRESSES
from core.flow.mapping.transforms.arguments import nearest
from core.flow.mapping.transforms.arithmetic import ARITHMETIC
from core.flow.mapping.transforms.casing import CASING
from core.flow.mapping.transforms.digest import DIGEST
from core.flow.mapping.transforms.finding import FINDING
from core.flow.mapping.transforms.listing import LISTING
from core.flow.mapping.transforms.markup import MARKUP
from core.flow.mapping.transforms.moments import MOMENTS
from core.flow.mapping.transforms.telling import TELLING
from core.flow.mapping.transforms.transform import Transform, TransformRefused
from core.flow.mapping.transforms.wording import WORDING

_ALL = (*CASING, *WORDING, *FINDING, *MARKUP, *ADDRESSES, *LISTING, *ARITHMETIC, *MOMENTS, *TELLING, *DIGEST)

TRANSFORMS: Mapping[str, Transform] = {transform.name: transform for transform in _ALL}
"""In the order of the reference page."""


def find_transform(name: str) -> Transform:
    """Look a transform up; raises TransformRefused with the nearest valid name."""
    found = TRANSFORMS.get(name)
    if found is None:
        raise TransformRefused(f"There is no transform '{name}'.{nearest(name, TRANSFORMS)}")
    return found
