"""The one table of HubSpot's paths, per API version."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paths:
    """Path prefixes of one API version."""

    objects: str
    properties: str
    associations: str
    owners: str
    account: str
    usage: str
    token: str


NUMBERED = Paths(
    "/crm/v3/objects",
    "/crm/v3/properties",
    "/crm/v4/associations",
    "/crm/v3/owners",
    "/account-info/v3/details",
    "/account-info/v3/api-usage/daily/private-apps",
    "/oauth/v1/token",
)
"""What hubspot-api-client 12 speaks; HubSpot ends its support after September 2027 (changelog, 'Legacy APIs ... unsupported')."""


def paths_for(api_version: str) -> Paths:
    """Look up the paths of `v3`, or of a dated version such as `2026-03`, which names the date behind the API's name."""
    if api_version == "v3":
        return NUMBERED
    return Paths(
        f"/crm/objects/{api_version}",
        f"/crm/properties/{api_version}",
        f"/crm/associations/{api_version}",
        f"/crm/owners/{api_version}",
        f"/account-info/{api_version}/details",
        f"/account-info/{api_version}/api-usage/daily/private-apps",
        f"/oauth/{api_version}/token",
    )


def rewritten(url: str, base_url: str, paths: Paths) -> str:
    """Turn a URL that the SDK built into the one of the wanted version."""
    for numbered, wanted in ((NUMBERED.objects, paths.objects), (NUMBERED.properties, paths.properties)):
        start = base_url.rstrip("/") + numbered
        if url.startswith(start):
            return base_url.rstrip("/") + wanted + url[len(start) :]
    return url
