"""Hashes as advertising platforms want personal data, so that it does not leave in the clear."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from core.flow.mapping.transforms.transform import Arguments, Parameter, Sample, Step, Transform


def _folded(text: str) -> str:
    return text.strip().lower()


def _email(text: str) -> str:
    return "".join(text.split()).lower()


def _name(text: str) -> str:
    """Small letters without punctuation or spaces around (Meta, 'Customer Information Parameters', fn and ln)."""
    return "".join(c for c in text.lower() if c.isalnum() or c.isspace() or ord(c) > 0x2FF).strip()


def _digits(text: str) -> str:
    """Digits with the country code, no zeros in front (Meta, 'Customer Information Parameters', ph)."""
    return "".join(c for c in text if c in "0123456789").lstrip("0")


_FORMS: Mapping[str, Callable[[str], str]] = {
    "plain": _folded,
    "email": _email,
    "name": _name,
    "phone": _digits,
    "phone_e164": lambda text: f"+{_digits(text)}" if _digits(text) else "",
}


def _hash(arguments: Arguments) -> Step:
    form = _FORMS[arguments["for"]]

    def hashed(text: str) -> str | None:
        tidy = form(text)
        return hashlib.sha256(tidy.encode("utf-8", "replace")).hexdigest() if tidy else None

    return hashed


DIGEST = (
    Transform(
        "hash",
        "Give the SHA-256 of the tidied text in hexadecimal, as Meta's Conversions API and Google's Customer Match take personal data.",
        (
            Sample("email", " Ada@Example.com ", "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72"),
            Sample("phone", "+1 (212) 555-0123", "53ed517fa8e01227bd3ebdc60c78b3f7a7f3a199decdf492af61584ed4ac608d"),
            Sample("name", "Mary", "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec"),
            Sample("plain", "   ", None),
        ),
        forward=_hash,
        parameters=(
            Parameter(
                "for",
                "How the text is tidied: `phone` gives digits with the country code (Meta), `phone_e164` puts a + in front (Google), "
                "`name` leaves punctuation out, `plain` only trims and makes letters small.",
                required=False,
                default="plain",
                choices=tuple(_FORMS),
            ),
        ),
    ),
)
