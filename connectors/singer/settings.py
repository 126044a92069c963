"""What an admin can say about a tap: which one, its configuration, how its streams are read, and its limits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


class StreamSettings(BaseModel):
    """What the tap's catalog does not say, or says wrongly, about one stream."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: list[str] = []
    replication_method: Literal["FULL_TABLE", "INCREMENTAL", "LOG_BASED"] | None = None
    replication_key: str | None = None


class SingerSettings(BaseModel):
    """One tap, installed by us (`requirement`) or by the admin (`executable`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requirement: str | None = Field(default=None, max_length=500)
    command: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][\w.-]*$")
    executable: Path | None = None
    config: dict[str, Any] = {}
    secrets: dict[str, SecretStr] = {}
    streams: dict[str, StreamSettings] = {}
    seconds: float = Field(default=3600, gt=0)
    memory_mib: int = Field(default=2048, ge=64)
    max_line_mib: int = Field(default=16, ge=1, le=256)
    max_held_mib: int = Field(default=64, ge=1, le=4096)

    @field_validator("requirement")
    @classmethod
    def _is_no_option(cls, value: str | None) -> str | None:
        if value is not None and (not value.strip() or value.strip().startswith("-") or not value.isprintable()):
            raise ValueError("write a package as for pip, such as tap-x==1.2; options of pip are not taken")
        return value

    @model_validator(mode="after")
    def _names_one_tap(self) -> Self:
        if (self.requirement is None) == (self.executable is None):
            raise ValueError("give either 'requirement' or 'executable'")
        return self

    @property
    def program(self) -> str:
        """The name of the tap's command."""
        if self.executable is not None:
            return self.executable.name
        found = _NAME.match((self.requirement or "").strip())
        return self.command or (found[0] if found else "")
