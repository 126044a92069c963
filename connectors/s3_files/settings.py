"""The `settings:` block of a connection to a bucket."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from core.contract.tables.settings import TableSettings


class S3FilesSettings(TableSettings):
    """One bucket, or the part of it under a prefix."""

    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]$", description="The bucket's name.")
    prefix: str = Field(default="", max_length=900, description="Only keys that begin with this, such as leads/2026/.")
    region: str = Field(default="us-east-1", pattern=r"^[a-z0-9\-]{1,40}$", description="The region that requests are signed for.")
    access_key_id: SecretStr = Field(min_length=1, description="The id of an access key.")
    secret_access_key: SecretStr = Field(min_length=1, description="The access key's secret.")
    session_token: SecretStr | None = Field(default=None, description="Comes with temporary access keys; absent with lasting ones.")
    endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/?#@]+$",
        description="Where the storage is; absent: Amazon. Danger: requests signed with the key are sent there.",
    )
    addressing: Literal["auto", "path", "virtual"] = Field(
        default="auto",
        description="path: the bucket is the first part of the path; virtual: it is part of the host, as in an endpoint that begins "
        "with it; auto: virtual at Amazon unless the bucket's name has a dot, else path.",
    )
    max_files: int = Field(default=5_000, ge=1, le=20_000, description="More matching files than this are refused.")
    max_file_bytes: int = Field(default=512 * 1024**2, gt=0, description="Larger files are refused; as much room is needed on disk.")
