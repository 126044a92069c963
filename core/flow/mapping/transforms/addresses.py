"""Transforms that take web and e-mail addresses apart; what an address does not have is nothing."""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qsl, urlsplit

from core.flow.mapping.transforms.transform import Arguments, Parameter, Sample, Step, Transform


def _domain_of(text: str) -> str | None:
    text = text.strip()
    if "://" not in text and "@" in text:
        host = text.rpartition("@")[2].strip("<>;, ").lower()
    else:
        parts = _parts(text)
        host = _host(parts) if parts else ""
    host = host.removeprefix("www.").strip(".")
    return host if "." in host and not any(c.isspace() for c in host) else None


def _path_of(text: str) -> str | None:
    parts = _parts(text)
    return parts.path or None if parts else None


def _query_value(arguments: Arguments) -> Step:
    name = arguments["name"]

    def value(text: str) -> str | None:
        parts = _parts(text)
        pairs = parse_qsl(parts.query) if parts else []
        return next((found.strip() or None for key, found in pairs if key == name), None)

    return value


def _parts(text: str) -> SplitResult | None:
    text = text.strip()
    try:
        return urlsplit(text if "://" in text[:12] else f"https://{text}")
    except ValueError:  # brackets that are no IPv6 address
        return None


def _host(parts: SplitResult) -> str:
    try:
        return parts.hostname or ""
    except ValueError:
        return ""


ADDRESSES = (
    Transform(
        "domain_of",
        "Take the domain out of an e-mail address or web address, without `www.`.",
        (
            Sample(None, "Ada@Example.com", "example.com"),
            Sample(None, "https://www.example.com/a?b=c", "example.com"),
            Sample(None, "n/a", None),
        ),
        forward=lambda _: _domain_of,
    ),
    Transform(
        "path_of",
        "Take the path out of a web address.",
        (Sample(None, "https://example.com/prices/eu?x=1", "/prices/eu"),),
        forward=lambda _: _path_of,
    ),
    Transform(
        "query_value",
        "Take one value out of the query of a web address.",
        (
            Sample("utm_source", "https://example.com/?utm_source=fair%20berlin&x=1", "fair berlin"),
            Sample("utm_term", "https://example.com/", None),
        ),
        forward=_query_value,
        parameters=(Parameter("name", "The name of the value, such as utm_source."),),
    ),
)
