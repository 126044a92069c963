"""The whole S3 stand-in: one bucket, ListObjectsV2, GetObject with Range and If-Match, and a check of every signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus
from xml.sax.saxutils import escape

from sandbox.wire import Answer, Push, Request

ACCESS_KEY_ID = "SANDBOXKEY"
SECRET = "sandbox/secret+key"
REGION = "eu-central-1"
BUCKET = "sandbox-leads"
MOST_SKEW_SECONDS = 900
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})"
)


class _Refused(Exception):
    """A call is refused; rendered as S3's error document."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.answer = error_answer(status, code)


def error_answer(status: int, code: str) -> Answer:
    """An error as S3 words it."""
    text = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>refused</Message></Error>'
    return Answer(status, text.encode(), {"content-type": "application/xml"})


class S3StandIn:
    """One bucket, addressed by path. Not thread-safe; the shell locks."""

    name = "s3"

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._objects: dict[str, bytes] = {}
        self._page = 1_000

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one call; every refusal is S3's error document, never an exception."""
        try:
            _check_signature(request, now)
            bucket, _, key = request.path.removeprefix("/").partition("/")
            if bucket != BUCKET:
                raise _Refused(404, "NoSuchBucket")
            if request.method != "GET":
                raise _Refused(405, "MethodNotAllowed")
            return self._object(request, "/".join(Request("GET", key).segments())) if key else self._listing(request)
        except _Refused as refusal:
            return refusal.answer

    def pushes(self, now: datetime) -> Sequence[Push]:  # noqa: ARG002 - part of what every stand-in offers
        """None: notifications are not part of this stand-in."""
        return ()

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Never called, since nothing is pushed."""

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:  # noqa: ARG002 - nothing here hangs on the time
        """Turn a dial: `reset`, `put` (base64), `delete`, `page`; `LookupError` for any other."""
        match verb:
            case "reset":
                self._begin()
            case "put":
                self._objects[arguments["key"]] = base64.b64decode(arguments["base64"])
            case "delete":
                self._objects.pop(arguments["key"], None)
            case "page":
                self._page = int(arguments["keys"])
            case _:
                raise LookupError(f"there is no dial '{verb}'")
        return {}

    def _listing(self, request: Request) -> Answer:
        params = {name: values[-1] for name, values in request.params().items()}
        if params.get("list-type") != "2" or params.get("encoding-type") != "url":
            raise _Refused(400, "InvalidArgument")
        keys = sorted((key for key in self._objects if key.startswith(params.get("prefix", ""))), key=str.encode)
        start = int(params.get("continuation-token", "0"))
        entries = "".join(self._entry(key) for key in keys[start : start + self._page])
        end = start + self._page
        more = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{end}</NextContinuationToken>" if end < len(keys) else ""
        text = f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{more}{entries}</ListBucketResult>'
        return Answer(200, text.encode(), {"content-type": "application/xml"})

    def _entry(self, key: str) -> str:
        body = self._objects[key]
        return f"<Contents><Key>{quote_plus(key)}</Key><ETag>{escape(_etag(body))}</ETag><Size>{len(body)}</Size></Contents>"

    def _object(self, request: Request, key: str) -> Answer:
        if key not in self._objects:
            raise _Refused(404, "NoSuchKey")
        body = self._objects[key]
        if request.headers.get("if-match", _etag(body)) != _etag(body):
            raise _Refused(412, "PreconditionFailed")
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
        if wanted is None:
            return Answer(200, body, {"etag": _etag(body)})
        first, last = int(wanted[1]), min(int(wanted[2]), len(body) - 1)
        if first > last:
            raise _Refused(416, "InvalidRange")
        return Answer(206, body[first : last + 1], {"etag": _etag(body), "content-range": f"bytes {first}-{last}/{len(body)}"})


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def _check_signature(request: Request, now: datetime) -> None:
    found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if found is None:
        raise _Refused(403, "AccessDenied")
    key_id, day, region, names, signature = found.groups()
    stamp = request.headers.get("x-amz-date", "")
    if key_id != ACCESS_KEY_ID:
        raise _Refused(403, "InvalidAccessKeyId")
    if region != REGION:
        raise _Refused(400, "AuthorizationHeaderMalformed")
    if not stamp.startswith(day) or not _is_near(stamp, now):
        raise _Refused(403, "RequestTimeTooSkewed")
    needed = {"host"} | {name for name in request.headers if name.startswith("x-amz-")}
    if not needed <= set(names.split(";")) or not hmac.compare_digest(_signature(request, day, names, stamp), signature):
        raise _Refused(403, "SignatureDoesNotMatch")


def _is_near(stamp: str, now: datetime) -> bool:
    try:
        at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs((at - now).total_seconds()) <= MOST_SKEW_SECONDS


def _signature(request: Request, day: str, names: str, stamp: str) -> str:
    pairs = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in parse_qsl(request.query, keep_blank_values=True))
    query = "&".join("=".join(pair) for pair in pairs)
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names.split(";"))
    digest = request.headers.get("x-amz-content-sha256", "")
    asked = "\n".join((request.method, request.path, query, headers, names, digest))
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{day}/{REGION}/s3/aws4_request\n{hashlib.sha256(asked.encode()).hexdigest()}"
    key = f"AWS4{SECRET}".encode()
    for part in (day, REGION, "s3", "aws4_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()
