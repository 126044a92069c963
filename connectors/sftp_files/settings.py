"""The `settings:` block of a connection to an SFTP server."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from connectors.sftp_files.host_key import PinnedKey
from core.contract.tables.settings import TableSettings


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class SftpFilesSettings(TableSettings):
    """One account on a server, and the folders in it."""

    host: str = Field(pattern=r"^[A-Za-z0-9.:\-_]{1,253}$", description="The server's name or address.")
    port: int = Field(default=22, ge=1, le=65535, description="The server's port.")
    host_keys: Annotated[list[str], BeforeValidator(_as_list)] = Field(
        min_length=1,
        description="The server's key, as its fingerprint (SHA256:...) or as a line of known_hosts; several while it is replaced. "
        "Nothing is sent to a server that shows another one.",
    )
    username: str = Field(min_length=1, description="The account.")
    password: SecretStr | None = Field(default=None, min_length=1, description="The account's password; not needed with a private key.")
    private_key: SecretStr | None = Field(default=None, min_length=1, description="A private key in OpenSSH or PEM form, best from a file.")
    passphrase: SecretStr | None = Field(default=None, min_length=1, description="What the private key is locked with.")
    folders: Annotated[list[str], BeforeValidator(_as_list)] = Field(
        default=["."], min_length=1, max_length=50, description="The folders to read, from the root or from where the account begins."
    )
    complete: Literal["stable", "done", "now"] = Field(
        default="stable",
        description="When a file may be read: of one size and time at two polls in a row, or with a companion <name>.done; only with the "
        "companion; at once, for senders that give a file its name when it is whole.",
    )
    timeout_seconds: float = Field(default=30, gt=0, le=300, description="The longest silence of the server.")
    fetch_seconds: float = Field(default=1800, gt=0, description="A listing or a file that takes longer than this is given up.")
    max_files: int = Field(default=5_000, ge=1, le=20_000, description="More matching files than this are refused.")
    max_file_bytes: int = Field(default=512 * 1024**2, gt=0, description="Larger files are refused; as much room is needed on disk.")

    @field_validator("host_keys")
    @classmethod
    def _readable(cls, value: list[str]) -> list[str]:
        for each in value:
            PinnedKey.parse(each)
        return value

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        if self.password is None and self.private_key is None:
            raise ValueError("give `private_key` or `password`")
        return self

    @property
    def pins(self) -> list[PinnedKey]:
        """The keys that the server may show."""
        return [PinnedKey.parse(each) for each in self.host_keys]
