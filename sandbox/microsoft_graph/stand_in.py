"""The whole stand-in: app tokens, one site with one library, changes behind tokens that can be forgotten, pre-signed content."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sandbox.microsoft_graph.drive import DRIVE_ID, Drive, Item, NotFound
from sandbox.wire import Answer, Push, Request, json_answer

TENANT, CLIENT_ID, CLIENT_SECRET = "contoso.example", "sandbox-graph-client", "sandbox-graph-secret"
SITE, SITE_ID, LIBRARY, USER = "contoso.sharepoint.example:/sites/leads", "contoso.sharepoint.example,1,2", "Documents", "ada@example.com"
TOKEN_LIFE, ADDRESS_LIFE = timedelta(seconds=3599), timedelta(minutes=5)
_CHANGES = "root/delta"
_DEMO = b"Email,First name,Last name,Company\nilse.vandamme@example.com,Ilse,Vandamme,Copper Kettle Foods\n"
_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


class _Refused(Exception):
    """A call is refused; rendered as Graph's error object."""

    def __init__(self, status: int, code: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.answer = json_answer({"error": {"code": code, "message": "refused"}}, status, headers)


class MicrosoftGraphStandIn:
    """One tenant with one app, one site and one library. Not thread-safe; the shell locks."""

    name = "microsoft"

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._drive = Drive()
        self._tokens: dict[str, datetime] = {}
        self._addresses: dict[str, tuple[datetime, str]] = {}
        self._count = self._epoch = 0
        self._page = 200
        self._longer = 0
        self._keeps_location = True

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one call; every refusal is Microsoft's error object, never an exception."""
        try:
            if request.path.endswith("/oauth2/v2.0/token"):
                return self._token(request, now)
            if request.path.startswith("/download/"):
                return self._content(request, now)
            made = self._tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
            if made is None or now >= made + TOKEN_LIFE or request.headers.get("x-sandbox-fault") == "expired_token":
                raise _Refused(401, "InvalidAuthenticationToken")
            return self._graph(request, now)
        except NotFound:
            return _Refused(404, "itemNotFound").answer
        except _Refused as refusal:
            return refusal.answer

    def pushes(self, now: datetime) -> Sequence[Push]:  # noqa: ARG002 - part of what every stand-in offers
        """None: notifications are not part of this stand-in."""
        return ()

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Never called, since nothing is pushed."""

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:  # noqa: ARG002 - nothing here hangs on the time
        """Turn a dial; `LookupError` for one that there is not."""
        match verb:
            case "reset":
                self._begin()
            case "seed_demo":
                self._drive.put("Leads/visitors.csv", _DEMO)
            case "forget":
                self._epoch += 1
                self._keeps_location = bool(arguments.get("location", True))
            case "configure":
                self._page = int(arguments.get("page", self._page))
                self._drive.hashes = bool(arguments.get("hashes", self._drive.hashes))
                self._longer = int(arguments.get("longer", self._longer))
            case _:
                return self._edit(verb, arguments)
        return {}

    def _edit(self, verb: str, arguments: Mapping[str, Any]) -> Any:
        """What a person does in the library."""
        path = str(arguments.get("path", ""))
        match verb:
            case "put":
                return {"id": self._drive.put(path, base64.b64decode(arguments["base64"])).id}
            case "folder":
                return {"id": self._drive.put(path, None).id}
            case "delete":
                self._drive.delete(path)
            case "move":
                self._drive.move(path, arguments["to"])
            case "lock":
                self._drive.at(path).locked = bool(arguments.get("locked", True))
            case _:
                raise LookupError(f"there is no dial '{verb}'")
        return {}

    def _token(self, request: Request, now: datetime) -> Answer:
        form = {name: values[-1] for name, values in request.form().items()}
        if not request.path.startswith(f"/{TENANT}/"):
            return json_answer({"error": "invalid_request", "error_codes": [90002]}, 400)
        if form.get("client_id") != CLIENT_ID:
            return json_answer({"error": "unauthorized_client", "error_codes": [700016]}, 400)
        if form.get("client_secret") != CLIENT_SECRET:
            return json_answer({"error": "invalid_client", "error_codes": [7000215]}, 401)
        if form.get("grant_type") != "client_credentials" or not form.get("scope", "").endswith("/.default"):
            return json_answer({"error": "invalid_scope", "error_codes": [70011]}, 400)
        self._count += 1
        token = f"sandbox-graph-token-{self._count}"
        self._tokens[token] = now
        return json_answer({"token_type": "Bearer", "expires_in": int(TOKEN_LIFE.total_seconds()), "access_token": token})

    def _graph(self, request: Request, now: datetime) -> Answer:
        path = "/".join(request.segments())
        drive = {"id": DRIVE_ID, "name": LIBRARY, "driveType": "documentLibrary"}
        places: Mapping[str, object] = {
            f"v1.0/sites/{SITE}": {"id": SITE_ID, "name": "leads"},
            f"v1.0/sites/{SITE_ID}/drive": drive,
            f"v1.0/sites/{SITE_ID}/drives": {"value": [{**drive, "id": "b!another", "name": "Archive"}, drive]},
            f"v1.0/users/{USER}/drive": drive,
            f"v1.0/drives/{DRIVE_ID}": drive,
        }
        if path in places:
            return json_answer(places[path])
        inside = f"v1.0/drives/{DRIVE_ID}/"
        if request.method != "GET" or not path.startswith(inside):
            raise _Refused(404, "itemNotFound")
        return self._inside(request, path.removeprefix(inside), now)

    def _inside(self, request: Request, path: str, now: datetime) -> Answer:
        if path == _CHANGES:
            return self._changes(request)
        if path == "root" or path.startswith("root:/"):
            return json_answer(self._drive.told(self._drive.at(path.removeprefix("root").removeprefix(":/"))))
        _, item_id, *rest = path.split("/")
        item = self._drive.item(item_id)
        if rest == ["content"]:
            return self._address(request, item, now)
        if rest == ["children"]:
            return self._list(request, item)
        return json_answer(self._drive.told(item))

    def _changes(self, request: Request) -> Answer:
        """A token is the epoch and the turn up to which was told; it stands on its own, so what changes meanwhile comes later."""
        epoch, _, turn = request.params().get("token", [f"{self._epoch}-0"])[-1].partition("-")
        if int(epoch) != self._epoch:
            headers = {"location": self._link(request, f"{self._epoch}-0")} if self._keeps_location else {}
            raise _Refused(410, "resyncChangesApplyDifferences", headers)
        items = list(islice(self._drive.changed_after(int(turn)), self._page + 1))
        page = items[: self._page]
        told = [self._drive.told(item, in_changes=True) for item in page]
        last = page[-1].turn if len(items) > self._page else self._drive.turn
        name = "@odata.nextLink" if len(items) > self._page else "@odata.deltaLink"
        return json_answer({"value": told, name: self._link(request, f"{self._epoch}-{last}")})

    def _list(self, request: Request, item: Item) -> Answer:
        skip = int(request.params().get("$skiptoken", ["0"])[-1])
        children = self._drive.children(item.id)
        told = [self._drive.told(each) for each in children[skip : skip + self._page]]
        more = skip + self._page < len(children)
        following = f"http://{request.headers['host']}{request.path}?$skiptoken={skip + self._page}"
        return json_answer({"value": told, **({"@odata.nextLink": following} if more else {})})

    def _address(self, request: Request, item: Item, now: datetime) -> Answer:
        if item.locked:
            raise _Refused(423, "resourceLocked")
        self._count += 1
        key = f"sandbox-tempauth-{self._count}"
        self._addresses[key] = (now, item.id)
        return Answer(302, b"", {"location": f"http://{request.headers['host']}/download/{item.id}?tempauth={key}"})

    def _content(self, request: Request, now: datetime) -> Answer:
        """The address is the permission: a token beside it is refused, as SharePoint does."""
        made, item_id = self._addresses.get(request.params().get("tempauth", [""])[-1], (None, ""))
        if "authorization" in request.headers or made is None or now >= made + ADDRESS_LIFE:
            return Answer(401, b"401 UNAUTHORIZED")
        content = (self._drive.item(item_id).content or b"") + b"\n" * self._longer
        wanted = _RANGE.fullmatch(request.headers.get("range", ""))
        if wanted is None:
            return Answer(200, content)
        first, last = int(wanted[1]), min(int(wanted[2]), len(content) - 1)
        if first > last:
            return Answer(416, b"")
        return Answer(206, content[first : last + 1], {"content-range": f"bytes {first}-{last}/{len(content)}"})

    def _link(self, request: Request, token: str) -> str:
        return f"http://{request.headers['host']}/v1.0/drives/{DRIVE_ID}/{_CHANGES}?token={token}"
