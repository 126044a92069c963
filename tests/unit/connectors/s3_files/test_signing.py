"""Requests to S3-compatible storage are signed with Signature Version 4, and addressed by path or by host."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.s3_files.connector import S3Files
from connectors.s3_files.settings import S3FilesSettings
from connectors.s3_files.signing import AccessKey, escaped, query_string, signed_headers
from core.contract import Context, Request, Response
from tests.support.http import HandClock
from tests.support.memory_bench import NoTransport

KEY = AccessKey("KEYFORTESTS", "secret/for+tests", "eu-central-1", "session+token/=")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
URL = f"https://leads.s3.eu-central-1.amazonaws.com/{escaped('in/a b+ü~.csv', keeps='/')}?{query_string([('x', '1 2/3'), ('a', '')])}"


def test_a_request_has_the_signature_that_was_computed_for_it() -> None:
    headers = signed_headers(URL, {"If-Match": '"e  1"'}, KEY, NOW)
    assert headers["x-amz-date"] == "20260302T090000Z"
    assert headers["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=KEYFORTESTS/20260302/eu-central-1/s3/aws4_request,"
        "SignedHeaders=host;if-match;x-amz-content-sha256;x-amz-date;x-amz-security-token,"
        "Signature=a32dc32f633f73944e329cc740695654ff448eda140fbb12dbe624926e3a49d2"
    )


def test_paths_and_queries_are_encoded_as_they_are_signed() -> None:
    assert URL.endswith("/in/a%20b%2B%C3%BC~.csv?a=&x=1%202%2F3")


class Heard:
    """Keeps the last URL and answers an empty listing."""

    url = ""

    def send(self, request: Request, rows: Any = ()) -> Response:
        self.url = request.url
        return Response(200, {}, b"<ListBucketResult/>")


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        ({}, "https://leads.s3.eu-west-1.amazonaws.com/?"),
        ({"bucket": "my.leads"}, "https://s3.eu-west-1.amazonaws.com/my.leads?"),
        ({"addressing": "path"}, "https://s3.eu-west-1.amazonaws.com/leads?"),
        ({"endpoint": "https://storage.example.com"}, "https://storage.example.com/leads?"),
        ({"endpoint": "https://leads.storage.example.com", "addressing": "virtual"}, "https://leads.storage.example.com/?"),
    ],
)
def test_the_bucket_is_addressed_by_host_or_by_path(changes: dict[str, str], address: str) -> None:
    heard = Heard()
    given = {"bucket": "leads", "region": "eu-west-1", "access_key_id": "k", "secret_access_key": "s", **changes}
    S3Files(S3FilesSettings.model_validate(given), Context(heard, HandClock(), NoTransport())).check()
    assert heard.url.startswith(address)
