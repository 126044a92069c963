"""Calls to Microsoft Graph: where the drive and its folders are, what changed in it, and what a file holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.sharepoint_excel.settings import SharePointSettings
from core.contract import (
    ConfigInvalid,
    ConnectorError,
    Context,
    ContractBroken,
    PermissionMissing,
    Request,
    Response,
    Unavailable,
)

ITEM_FIELDS = "id,name,size,eTag,file,folder,root,deleted,parentReference"
_RESYNC = frozenset({"resyncrequired", "resyncchangesapplydifferences", "resyncchangesuploaddifferences", "syncstatenotfound"})
_ROOT = "root"
Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Delta:
    """One page of changes; `link` leads on, and with `is_last` it is where the next reading begins."""

    items: list[Item]
    link: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class Resync:
    """The changes since then are not known any more; `link` begins anew."""

    link: str


@dataclass(frozen=True, slots=True)
class Graph:
    """Graph as one app sees it."""

    context: Context
    settings: SharePointSettings

    def drive(self) -> Item:
        """Find the configured drive; raises ConfigInvalid where there is none."""
        settings = self.settings
        if settings.drive is not None:
            return self._named(f"/v1.0/drives/{_quoted(settings.drive)}", "drive", "There is no such drive.")
        if settings.user is not None:
            return self._named(f"/v1.0/users/{_quoted(settings.user)}/drive", "user", "There is no such user, or no OneDrive of it.")
        host, _, path = (settings.site or "").partition(":/")
        address = f"{_quoted(host)}:/{quote(path.strip('/'))}" if path else _quoted(host)
        site = self._named(f"/v1.0/sites/{address}", "site", "There is no such site.")
        if settings.library is None:
            return self._named(f"/v1.0/sites/{_quoted(_id_of(site))}/drive", "site", "The site has no document library.")
        drives = list(self._all(f"/v1.0/sites/{_quoted(_id_of(site))}/drives"))
        found = [each for each in drives if each.get("name") == settings.library]
        if not found:
            names = ", ".join(str(each.get("name")) for each in drives) or "none"
            raise ConfigInvalid(f"The site has no library '{settings.library}'.", hint=f"There is: {names}.", setting="library")
        return found[0]

    def folder(self, drive: str, path: str) -> str:
        """Give a folder's id; raises ConfigInvalid where there is no such folder."""
        inner = quote(path.strip("/"))
        url = f"/v1.0/drives/{_quoted(drive)}/{_ROOT}" + (f":/{inner}" if inner else "")
        item = self._named(url, "folders", f"There is no folder '{path}' in the library.")
        if not isinstance(item.get("folder"), dict) and "root" not in item:
            raise ConfigInvalid(f"'{path}' is no folder.", hint="Name its folder, and the file with `pattern`.", setting="folders")
        return _id_of(item)

    def children(self, drive: str, folder: str) -> Iterator[Item]:
        """List what lies in a folder now, for a look; changes are told by `delta` alone."""
        return self._all(f"/v1.0/drives/{_quoted(drive)}/items/{_quoted(folder)}/children?$select={ITEM_FIELDS}")

    def item(self, drive: str, item: str) -> Item | None:
        """Look at one item; None where it is gone."""
        url = f"/v1.0/drives/{_quoted(drive)}/items/{_quoted(item)}?$select={ITEM_FIELDS}"
        response = self._get(url, frozenset({404}))
        return None if response.status == 404 else _object(response)

    def begin(self, drive: str) -> str:
        """Where reading all changes begins: at the root, since SharePoint tells them for no other folder."""
        return f"{self.settings.base_url}/v1.0/drives/{_quoted(drive)}/{_ROOT}/delta?$select={ITEM_FIELDS}"

    def delta(self, link: str) -> Delta | Resync:
        """Read one page of changes (Microsoft Graph, "driveItem: delta")."""
        response = self._get(self._own(link), frozenset({400, 410}))
        if response.status == 410 or (response.status == 400 and _code(response).lower() in _RESYNC):
            location = response.headers.get("location", "")
            return Resync(self._own(location) if location else "")
        if response.status == 400:
            raise ContractBroken(f"Microsoft refused a request that this connector made (code {_code(response) or 'unknown'}).")
        answer = _object(response)
        items, following, last = answer.get("value"), answer.get("@odata.nextLink"), answer.get("@odata.deltaLink")
        link_on = following or last
        if not isinstance(items, list) or not isinstance(link_on, str):
            raise Unavailable("Microsoft answered with something that is no page of changes.")
        return Delta([each for each in items if isinstance(each, dict)], self._own(link_on), is_last=not following)

    def content_address(self, drive: str, item: str) -> Response:
        """Ask where a file's content is: a 302 to an address that needs no token and must get none; or what refuses it."""
        url = f"/v1.0/drives/{_quoted(drive)}/items/{_quoted(item)}/content"
        return self._get(url, frozenset({302, 403, 404, 410, 423}))

    def _all(self, url: str) -> Iterator[Item]:
        seen: set[str] = set()
        while url:
            if url in seen:
                raise ContractBroken("Microsoft's pages go round in a circle.")
            seen.add(url)
            answer = _object(self._get(url))
            items, following = answer.get("value"), answer.get("@odata.nextLink")
            if not isinstance(items, list):
                raise Unavailable("Microsoft answered with something that is no list.")
            yield from (each for each in items if isinstance(each, dict))
            url = self._own(following) if isinstance(following, str) else ""

    def _named(self, url: str, setting: str, missing: str) -> Item:
        response = self._get(url, frozenset({400, 404}))
        if response.status in (400, 404):
            raise ConfigInvalid(missing, hint=f"Correct `{setting}`; the app may also lack the right to see it.", setting=setting)
        return _object(response)

    def _own(self, link: str) -> str:
        """A link that Graph gave, or the cursor kept: the token goes to Graph and nowhere else."""
        if not link.startswith(f"{self.settings.base_url}/"):
            raise ContractBroken("Microsoft gave a link to another address than Graph's.")
        return link

    def _get(self, url: str, accept: frozenset[int] = frozenset()) -> Response:
        return self.context.http.send(Request("GET", url, headers={"accept": "application/json"}, accept=accept), [_refused])


def _quoted(part: str) -> str:
    return quote(part, safe="!,")


def _id_of(item: Item) -> str:
    found = item.get("id")
    if not isinstance(found, str) or not found:
        raise Unavailable("Microsoft answered with an item that has no id.")
    return found


def _object(response: Response) -> Item:
    answer = response.json()
    if not isinstance(answer, dict):
        raise Unavailable("Microsoft answered with something that is no object.")
    return answer


def _code(response: Response) -> str:
    try:
        error = _object(response).get("error")
    except Unavailable:
        return ""
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and code.isascii() and code.isalnum() and len(code) < 60 else ""


def _refused(response: Response) -> ConnectorError | None:
    """A missing permission is a 403 `accessDenied`; Graph does not name which one."""
    if response.status == 404:
        return Unavailable("What was found a moment ago is not there any more.")
    if response.status != 403:
        return None
    hint = "Give the app Sites.Selected and the right to read this site, or Files.Read.All, and let an admin consent."
    return PermissionMissing(f"The app may not read this ({_code(response) or 'accessDenied'}).", scope="Sites.Selected", hint=hint)
