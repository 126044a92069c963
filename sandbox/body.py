"""Read and write HTTP message bodies: chunked and gzip on the way in, gzip on the way out, never more than a bound."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from io import BufferedIOBase

MAX_BODY_BYTES = 150 * 1024 * 1024
WORTH_PACKING_BYTES = 1_400
_LONGEST_LINE = 8_192
_GZIP_WINDOW = 31


class BodyRefused(Exception):
    """A body that cannot be read; the connection is of no use afterwards because its end is unknown."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def read_body(headers: Mapping[str, str], stream: BufferedIOBase, limit: int = MAX_BODY_BYTES) -> bytes:
    """Read one request body and unpack it; both the packed and the unpacked size stay within `limit` bytes.

    Raises `BodyRefused` with 413 for a body that is too large, 400 for one that is broken or ends early, 415 for an unknown packing.
    """
    packed = _read_packed(headers, stream, limit)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        return packed
    if encoding not in ("gzip", "x-gzip"):
        raise BodyRefused(415, f"content-encoding {encoding} is not understood; send gzip or none")
    return _gunzip(packed, limit)


def pack(body: bytes, accepted: str) -> bytes | None:
    """The body as gzip when the client's Accept-Encoding takes it and it is worth it, else `None`."""
    if len(body) < WORTH_PACKING_BYTES or not _takes_gzip(accepted):
        return None
    return gzip.compress(body, compresslevel=1, mtime=0)


def _read_packed(headers: Mapping[str, str], stream: BufferedIOBase, limit: int) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _read_chunks(stream, limit)
    announced = headers.get("content-length", "0").strip()
    if not (announced.isascii() and announced.isdigit()):
        raise BodyRefused(400, f"Content-Length {announced!r} is not a number")
    return _read_exactly(stream, int(announced), limit)


def _read_chunks(stream: BufferedIOBase, limit: int) -> bytes:
    body = bytearray()
    while size := _chunk_size(stream.readline(_LONGEST_LINE)):
        body += _read_exactly(stream, size, limit - len(body))
        if stream.readline(_LONGEST_LINE).strip():
            raise BodyRefused(400, "a chunk is longer than it announced")
    while stream.readline(_LONGEST_LINE).strip():
        pass  # trailers carry nothing that a vendor reads
    return bytes(body)


def _chunk_size(line: bytes) -> int:
    digits = line.split(b";")[0].strip()
    try:
        size = int(digits, 16)
    except ValueError:
        raise BodyRefused(400, f"chunk size {digits[:20]!r} is not a hexadecimal number") from None
    if size < 0:
        raise BodyRefused(400, "a chunk cannot have a negative size")
    return size


def _read_exactly(stream: BufferedIOBase, size: int, limit: int) -> bytes:
    if size > limit:
        raise BodyRefused(413, "the body is larger than this sandbox takes")
    body = stream.read(size) if size else b""
    if len(body) < size:
        raise BodyRefused(400, "the body ended before its announced length")
    return body


def _gunzip(packed: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    try:
        body = unpacker.decompress(packed, limit + 1)
    except zlib.error as cause:
        raise BodyRefused(400, f"the gzip body is broken: {cause}") from cause
    if len(body) > limit:
        raise BodyRefused(413, "the body is too large once unpacked")
    if not unpacker.eof:
        raise BodyRefused(400, "the gzip body ends too early")
    return body


def _takes_gzip(accepted: str) -> bool:
    for offer in accepted.lower().split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
