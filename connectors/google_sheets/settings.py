"""The `settings:` block of a Google Sheets connection."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

_ORIGIN = r"^https?://[^\s?#]+$"


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class GoogleSheetsSettings(BaseModel):
    """One spreadsheet, shared with a service account."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service_account: SecretStr = Field(
        description="The service account's key: the whole JSON file. Share the spreadsheet with its client_email, as a viewer.",
        min_length=1,
    )
    spreadsheet: str = Field(
        pattern=r"^[A-Za-z0-9_-]{1,200}$", description="The spreadsheet's id: the long part of its address, between /d/ and /edit."
    )
    tabs: list[str] = Field(default_factory=list, description="Only these tabs are read; empty means all that are visible.")
    key: Annotated[list[str], BeforeValidator(_as_list)] = Field(
        default_factory=list,
        description="Columns that identify a row. Without any a row is known by its content, and an edited row is another record.",
    )
    aliases: dict[str, Annotated[list[str], BeforeValidator(_as_list)]] = Field(
        default_factory=dict, description="Column name to use: other headers that mean it. Case, blanks, '_' and '-' do not matter."
    )
    header_row: int = Field(default=1, ge=1, le=1_000, description="The row with the column names, counted from 1.")
    values: Literal["formatted", "raw"] = Field(
        default="formatted",
        description="formatted: the text that people see, which keeps leading zeros; raw: numbers without format, dates as day numbers.",
    )
    base_url: str = Field(
        default="https://sheets.googleapis.com", pattern=_ORIGIN, description="Where the API is. Danger: the token is sent there."
    )
    token_url: str = Field(
        default="https://oauth2.googleapis.com/token",
        pattern=_ORIGIN,
        description="Where tokens are fetched. Danger: an assertion signed with the key is sent there.",
    )
