"""How HTTP is spoken of in messages and metrics, without ids, queries, secrets or personal data. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from core.contract import Manifest, Response

_WORD = re.compile(r"[a-z]{1,20}\d?")
_VERSION = re.compile(r"v\d{1,4}(\.\d{1,3})?")
_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,49}|[a-z]{2,20}(_[a-z]{2,20}){1,4}")
_CODE_KEYS = ("errorCode", "subCategory", "category", "error", "code")
_VERBS = frozenset({"batch", "search", "create", "update", "upsert", "read", "archive", "merge", "describe", "associations", "query"})


def path_template(url: str, known: Iterable[str]) -> str:
    """Shorten a URL to its path with `{id}` for whatever is not an API's own word.

    Kept are versions, `known` names (the manifest's objects), and lower-case words up to the first object or id; after
    that only a few verbs, because what follows an object may be anybody's name.
    """
    objects = frozenset(known)
    shown: list[str] = []
    before_object = True
    for segment in urlsplit(url).path.split("/"):
        keeps = segment in objects or segment in _VERBS or not segment or _VERSION.fullmatch(segment)
        if not keeps and not (before_object and _WORD.fullmatch(segment)):
            segment = "{id}"
        before_object = before_object and segment not in objects and segment != "{id}"
        shown.append(segment)
    return "/".join(shown)


def vendor_code(response: Response) -> str:
    """Find the vendor's short error code in a JSON error answer; "" when there is none that is surely a code."""
    try:
        document: Any = json.loads(response.body)
    except ValueError:
        return ""
    first = document[0] if isinstance(document, list) and document else document
    if not isinstance(first, dict):
        return ""
    found = (first.get(key) for key in _CODE_KEYS)
    return next((code for code in found if isinstance(code, str) and _CODE.fullmatch(code)), "")


class Wording:
    """Name one connection's calls in messages."""

    def __init__(self, connection: str, manifest: Manifest) -> None:
        """Speak of the vendor by the manifest's name."""
        self.connection = connection
        self.vendor = manifest.name
        self._objects = [name for name in manifest.objects if name != "*"]

    def path(self, url: str) -> str:
        """Shorten a URL for messages and metrics."""
        return path_template(url, self._objects)

    def about(self, what: str) -> str:
        """Build "<vendor> <what> (connection '<name>')."."""
        return f"{self.vendor} {what} (connection '{self.connection}')."

    @property
    def check_hint(self) -> str:
        """The remedy for credentials."""
        return f"Renew the credentials of connection '{self.connection}' and run `leadloom check {self.connection}`."
