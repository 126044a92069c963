"""The token in an endpoint's address opens it, wherever in the path it stands, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.contract import InboundRequest, SignatureInvalid
from core.contract.path_token import verify_path_token

TOKEN = "t0ken-0123456789-abcdef"


def arrived(url: str) -> InboundRequest:
    return InboundRequest("POST", url, {}, b"", datetime(2026, 3, 2, tzinfo=UTC))


@pytest.mark.parametrize("path", [TOKEN, f"{TOKEN}/", f"{TOKEN}?a=b"])
def test_the_token_in_the_path_opens(path: str) -> None:
    verify_path_token(arrived(f"https://leads.example.com/hooks/it/{path}"), TOKEN)


@pytest.mark.parametrize("url", ["", "https://leads.example.com/é", f"https://leads.example.com/?{TOKEN}", f"https://[/{TOKEN}"])
def test_any_other_address_is_refused_even_if_it_is_none(url: str) -> None:
    with pytest.raises(SignatureInvalid):
        verify_path_token(arrived(url), TOKEN)
