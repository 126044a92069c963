"""Calls to the bucket: listing its objects, and fetching one in parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import unquote_plus
from xml.etree import ElementTree

from connectors.s3_files.settings import S3FilesSettings
from connectors.s3_files.signing import AccessKey, escaped, query_string, signed_headers
from core.contract import (
    AuthFailed,
    ConfigInvalid,
    ConnectorError,
    Context,
    ContractBroken,
    PermissionMissing,
    RateLimited,
    Request,
    Response,
    Unavailable,
)
from core.contract.tables.remote import FileGone, RemoteFile, is_wanted
from core.contract.tables.table import FileUnreadable

PART_BYTES = 8 * 1024 * 1024
_CODE = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>")
_BAD_KEY = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired"})
_WRONG_REGION = frozenset({"AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect"})
_GONE = frozenset({404, 412})
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket, or the part under its prefix."""

    context: Context
    settings: S3FilesSettings

    def files(self) -> list[RemoteFile]:
        """List the files that count; raises ConfigInvalid where there are more than `max_files`."""
        found: list[RemoteFile] = []
        seen: set[str] = set()
        token: str | None = None
        while True:
            page, token = self._listing(token)
            found += page
            if len(found) > self.settings.max_files:
                hint = "Narrow 'prefix' or 'pattern', or raise 'max_files'."
                raise ConfigInvalid(f"More than {self.settings.max_files:,} files match.", hint=hint, setting="max_files")
            if token is None:
                return found
            if token in seen:
                raise ContractBroken("The storage answered the same page of the listing again.")
            seen.add(token)

    def fetch(self, file: RemoteFile, sink: BinaryIO) -> None:
        """Write an object, part by part, all of one version (`If-Match`); raises FileGone where it has another one by now."""
        if any(part in {".", ".."} for part in file.name.split("/")):
            raise FileUnreadable("Its key has a part '.' or '..', which cannot be asked for safely.", hint="Give the file another name.")
        start = 0
        while start < file.size:
            last = min(start + PART_BYTES, file.size) - 1
            response = self._get(self._url(file.name), {"range": f"bytes={start}-{last}", "if-match": file.version}, _GONE, "s3:GetObject")
            # not every storage heeds If-Match; a version that is told and is another one counts as well
            if response.status in _GONE or response.headers.get("etag", file.version) != file.version:
                raise FileGone
            part = _RANGE.fullmatch(response.headers.get("content-range", ""))
            whole = response.status == 200 and start == 0 and len(response.body) == file.size
            if not whole and (part is None or [int(each) for each in part.groups()] != [start, last, file.size]):
                raise Unavailable("The storage answered with another part of the file than was asked for.")
            if not whole and len(response.body) != last - start + 1:
                raise Unavailable("The storage answered with less than it announced.")
            sink.write(response.body)
            start += len(response.body)

    def _listing(self, token: str | None) -> tuple[list[RemoteFile], str | None]:
        params = [("list-type", "2"), ("encoding-type", "url"), ("prefix", self.settings.prefix)]
        params += [("continuation-token", token)] if token is not None else []
        root = _xml(self._get(f"{self._url('')}?{query_string(params)}", {}, frozenset(), "s3:ListBucket").body)
        files = [file for each in root.findall("{*}Contents") if (file := _file(each)).size and is_wanted(file.name, self.settings.pattern)]
        if root.findtext("{*}IsTruncated") != "true":
            return files, None
        return files, root.findtext("{*}NextContinuationToken") or ""

    def _url(self, key: str) -> str:
        bucket, dotted = self.settings.bucket, "." in self.settings.bucket
        amazon = self.settings.endpoint is None
        virtual = self.settings.addressing == "virtual" or (self.settings.addressing == "auto" and amazon and not dotted)
        host = f"https://{f'{bucket}.' if virtual else ''}s3.{self.settings.region}.amazonaws.com"
        path = escaped(key, keeps="/")
        return f"{self.settings.endpoint or host}/{path if virtual else f'{bucket}/{path}' if path else bucket}"

    def _get(self, url: str, headers: dict[str, str], accept: frozenset[int], action: str) -> Response:
        session = self.settings.session_token
        key = AccessKey(
            self.settings.access_key_id.get_secret_value(),
            self.settings.secret_access_key.get_secret_value(),
            self.settings.region,
            session.get_secret_value() if session else None,
        )
        signed = signed_headers(url, headers, key, self.context.clock.now())
        request = Request("GET", url, headers={**signed, "accept-encoding": "identity"}, accept=accept, authenticated=False)
        return self.context.http.send(request, [lambda response: _refused(response, action)])


def _file(entry: ElementTree.Element) -> RemoteFile:
    key, tag, size = (entry.findtext(f"{{*}}{name}") for name in ("Key", "ETag", "Size"))
    if key is None or tag is None or size is None or not re.fullmatch(r"\d{1,15}", size):
        raise Unavailable("The storage listed an object without key, ETag or size.")
    return RemoteFile(unquote_plus(key), tag, int(size))


def _xml(body: bytes) -> ElementTree.Element:
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body or b"\x00" in body:
        raise Unavailable("The storage answered with something that is not a listing.")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        raise Unavailable("The storage answered with something that is not a listing.") from None
    if root.tag.rpartition("}")[2] != "ListBucketResult":
        raise Unavailable("The storage answered with something that is not a listing.")
    return root


def _not_allowed(action: str, code: str) -> ConnectorError:
    message = f"The access key lacks {action} ({code or 'AccessDenied'})."
    return PermissionMissing(message, scope=action, hint=f"Allow {action} on the bucket in the policy of the key's user.")


def _refused(response: Response, action: str) -> ConnectorError | None:
    """Amazon S3, "List of error codes": refused credentials are a 403 there, as missing permissions are."""
    found = _CODE.search(response.body)
    code = found[1].decode() if found else ""
    named: Sequence[tuple[bool, ConnectorError]] = [
        (code in _BAD_KEY, AuthFailed("The storage refused the access key.", hint="Make a new access key, and look for blanks in it.")),
        (code == "RequestTimeTooSkewed", AuthFailed("The storage refused the time of the request.", hint="Set this server's clock.")),
        (code in _WRONG_REGION, ConfigInvalid("The bucket is in another region.", hint="Correct `region`.", setting="region")),
        (code == "NoSuchBucket", ConfigInvalid("There is no such bucket.", hint="Correct `bucket`.", setting="bucket")),
        (code in {"SlowDown", "Slowdown"}, RateLimited("The storage asks for fewer calls.")),
        (response.status == 403, _not_allowed(action, code)),
    ]
    return next((error for holds, error in named if holds), None)
