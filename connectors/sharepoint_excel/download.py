"""A file's content: part by part from a pre-signed address, which gets no token and is asked for again when it has run out."""

from __future__ import annotations

import re
from typing import BinaryIO

from connectors.sharepoint_excel.api import Graph
from connectors.sharepoint_excel.ledger import is_same
from core.contract import Request, Response, Unavailable
from core.contract.tables.reading import refuse_large
from core.contract.tables.remote import FileGone, FileRefused, RemoteFile

PART_BYTES = 8 * 1024 * 1024
_RUN_OUT = frozenset({401, 403, 404, 410})
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


def fetch(graph: Graph, drive: str, file: RemoteFile, sink: BinaryIO) -> None:
    """Write a file's content; raises FileGone where it has changed since it was listed, FileRefused where the app may not have it.

    The length is taken from the answer: SharePoint changes Office files when they arrive, and its listing may tell another one.
    """
    address, is_fresh = _address(graph, drive, file), True
    start, total = 0, -1
    while start != total:
        response = _part(graph, address, start)
        if response.status in _RUN_OUT:
            if is_fresh:
                raise Unavailable("The address of a file's content did not open.")
            address, is_fresh = _address(graph, drive, file), True
            continue
        body, whole = _taken(response, start)
        if total not in (-1, whole):
            raise FileGone
        refuse_large(whole, graph.settings)
        sink.write(body)
        start, total, is_fresh = start + len(body), whole, False
    item = graph.item(drive, file.known_by)
    if item is None or not is_same(item, file):
        raise FileGone


def _address(graph: Graph, drive: str, file: RemoteFile) -> str:
    response = graph.content_address(drive, file.known_by)
    if response.status in (404, 410):
        raise FileGone
    if response.status in (403, 423):
        raise FileRefused("SharePoint does not give it out (no right, locked, or malware).", hint="Open it in SharePoint and look why.")
    location = response.headers.get("location", "")
    if response.status != 302 or not location:
        raise Unavailable("SharePoint did not tell where the file's content is.")
    return location


def _part(graph: Graph, address: str, start: int) -> Response:
    headers = {"range": f"bytes={start}-{start + PART_BYTES - 1}", "accept-encoding": "identity"}
    return graph.context.http.send(Request("GET", address, headers=headers, accept=_RUN_OUT | {416}, authenticated=False))


def _taken(response: Response, start: int) -> tuple[bytes, int]:
    """Give a part and the whole length."""
    if response.status == 416:
        raise FileGone
    if response.status == 200 and start == 0:
        announced = response.headers.get("content-length", "")
        if announced.isdigit() and int(announced) != len(response.body):
            raise Unavailable("SharePoint answered with less than it announced.")
        return response.body, len(response.body)
    found = _RANGE.fullmatch(response.headers.get("content-range", ""))
    first, last, whole = (int(each) for each in found.groups()) if found else (-1, -1, -1)
    if response.status != 206 or first != start or last - first + 1 != len(response.body) or not response.body:
        raise Unavailable("SharePoint answered with another part of the file than was asked for.")
    return response.body, whole
