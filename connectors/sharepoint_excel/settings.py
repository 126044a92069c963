"""The `settings:` block of a connection to a document library or a OneDrive."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from core.contract.tables.settings import TableSettings

_ADDRESS = r"^https?://[^\s/?#@]+$"


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class SharePointSettings(TableSettings):
    """An app of the tenant, and the folders that it reads."""

    tenant: str = Field(pattern=r"^[A-Za-z0-9.\-]{1,100}$", description="The tenant's id or one of its domains.")
    client_id: str = Field(pattern=r"^[A-Za-z0-9\-]{1,100}$", description="The app's id (Application ID).")
    client_secret: SecretStr = Field(min_length=1, description="A client secret of the app: its value, not its id.")
    site: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9.\-]+(:/[^:?#]+)?$",
        description="The site, as its host and path with a colon between, such as contoso.sharepoint.com:/sites/leads.",
    )
    library: str | None = Field(default=None, min_length=1, description="The site's document library by name; absent: its first one.")
    user: str | None = Field(default=None, pattern=r"^[^\s/?#:]+$", description="Instead of a site: the user whose OneDrive is read.")
    drive: str | None = Field(default=None, pattern=r"^[A-Za-z0-9!_\-]+$", description="Instead of a site: the drive's id.")
    folders: Annotated[list[str], BeforeValidator(_as_list)] = Field(
        default=[""], min_length=1, max_length=20, description="The folders to read, from the library's root; '' is the root itself."
    )
    max_files: int = Field(default=2_000, ge=1, le=10_000, description="More matching files than this are refused.")
    max_file_bytes: int = Field(default=256 * 1024**2, gt=0, description="Larger files are refused; as much room is needed on disk.")
    base_url: str = Field(default="https://graph.microsoft.com", pattern=_ADDRESS, description="Microsoft Graph; national clouds differ.")
    login_url: str = Field(
        default="https://login.microsoftonline.com",
        pattern=_ADDRESS,
        description="Where tokens come from; national clouds differ. Danger: the secret is sent there.",
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(each is not None for each in (self.site, self.user, self.drive)) != 1:
            raise ValueError("give one of `site`, `user` and `drive`")
        if self.library is not None and self.site is None:
            raise ValueError("`library` goes with `site`")
        return self
