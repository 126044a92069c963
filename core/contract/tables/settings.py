"""What an admin can say about files with tables, wherever they lie: which of them count and how to read them."""

from __future__ import annotations

import codecs
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class TableSettings(BaseModel):
    """Which files count, and how to read them. A connector adds where they are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: str = Field(default="*.csv,*.xlsx,*.xls", description="File names to read, separated by commas; case does not matter.")
    key: Annotated[list[str] | None, BeforeValidator(_as_list)] = Field(
        default=None, description="Columns that identify a row over all files; absent: the row's content."
    )
    aliases: dict[str, Annotated[list[str], BeforeValidator(_as_list)]] = Field(
        default_factory=dict, description="Column name to use: other headers that mean it. Case, blanks, '_' and '-' do not matter."
    )
    encoding: str | None = Field(default=None, description="Text encoding of CSV files; absent: detected.")
    delimiter: str | None = Field(default=None, min_length=1, max_length=1, description="Separator of CSV files; absent: detected.")
    header_row: int | Literal["auto"] = Field(default="auto", description="The row with the column names, counted from 1.")
    sheet: str | None = Field(default=None, description="Read only this sheet of a workbook; absent: all.")
    hidden_sheets: Literal["skip", "read"] = "skip"
    decimal: Literal[".", ","] = Field(default=".", description="The mark with which numbers of Excel files become text.")
    max_file_bytes: int = Field(default=4 * 1024**3, gt=0)

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            return codecs.lookup(value).name
        except LookupError as error:
            raise ValueError(f"'{value}' is no known encoding; try utf-8, cp1252, utf-16-le or latin-1") from error

    @field_validator("header_row")
    @classmethod
    def _counted_from_one(cls, value: int | str) -> int | str:
        if isinstance(value, int) and value < 1:
            raise ValueError("rows are counted from 1")
        return value
