"""The demonstration's own installation: a fresh folder with config.yaml, secrets and an inbox for files."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from demo.processes import DemoFailed

_CONFIG = """# Made by `make demo`; made anew by every run.
data_dir: data
mappings_dir: {mappings}
server: {{port: 0}}

connections:
  facebook-page:
    connector: meta_lead_ads
    settings:
      base_url: {meta}
      page_id: "100000000000001"
      page_access_token: ${{FILE:secrets/meta-token}}
      app_secrets: ["${{FILE:secrets/meta-app-secret}}"]
      verify_token: ${{FILE:secrets/meta-verify-token}}

  contact-form:
    connector: web_form
    settings:
      token: ${{FILE:secrets/form-token}}
      honeypots: [website]

  trade-fairs:
    connector: spreadsheet
    poll: {{row: 1}}
    settings:
      folder: {inbox}

  salesforce-eu:
    connector: salesforce
    settings:
      login_url: {salesforce}
      consumer_key: sandbox-key
      consumer_secret: ${{FILE:secrets/salesforce}}

  hubspot-eu:
    connector: hubspot
    settings:
      base_url: {hubspot}
      access_token: ${{FILE:secrets/hubspot}}
"""

_SANDBOX_SECRETS = {
    "meta-token": "sandbox-meta-page-token",
    "meta-app-secret": "sandbox-meta-app-secret",
    "meta-verify-token": "sandbox-meta-verify-token",
    "salesforce": "sandbox-secret",
    "hubspot": "pat-sandbox-token",
}
"""The credentials of the stand-ins, which are the same for everybody and open nothing else."""


@dataclass(frozen=True, slots=True)
class DemoInstallation:
    """Where things lie."""

    folder: Path
    form_token: str

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "config.yaml"

    @property
    def inbox(self) -> Path:
        """The folder in which spreadsheets arrive."""
        return self.folder / "inbox"

    @property
    def data(self) -> Path:
        """The folder of the database."""
        return self.folder / "data"

    @property
    def database(self) -> Path:
        """The database file."""
        return self.data / "leadloom.db"


def fresh_folder(folder: Path) -> Path:
    """Remove what an earlier run left and make the folder; refuses one that is not a demonstration's."""
    marker = folder / ".leadloom-demo"
    if folder.exists():
        if any(folder.iterdir()) and not marker.exists():
            raise DemoFailed(f"{folder} holds something else. Name another folder with --folder.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    marker.touch()
    return folder


def make_installation(folder: Path, mappings: Path, sandbox: dict[str, str]) -> DemoInstallation:
    """Write config.yaml and the secrets for these stand-ins; the mappings are the shipped ones."""
    installation = DemoInstallation(folder, secrets.token_urlsafe(24))
    (folder / "secrets").mkdir(mode=0o700)
    installation.inbox.mkdir()
    for name, value in {**_SANDBOX_SECRETS, "form-token": installation.form_token}.items():
        path = folder / "secrets" / name
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(value)
    text = _CONFIG.format(mappings=os.path.relpath(mappings, folder), inbox=installation.inbox, **sandbox)
    installation.config.write_text(text, encoding="utf-8")
    return installation
