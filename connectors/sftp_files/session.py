"""A connection to the server over paramiko: opened when it is needed, the server's key looked at before anything is told to it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from connectors.sftp_files.failures import Greeting, key_changed, logged_out, sorted_failures
from connectors.sftp_files.host_key import acceptable, fingerprint_of
from connectors.sftp_files.settings import SftpFilesSettings
from core.contract import AuthFailed, ConfigInvalid, Context, ContractBroken, Line


class Heard:
    """A line that remembers what the other side says first, because paramiko forgets it when it is no greeting."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.greeting = Greeting()

    def recv(self, most: int) -> bytes:
        """Pass on, and remember the beginning."""
        said = self._line.recv(most)
        self.greeting.hear(said)
        return said

    def __getattr__(self, name: str) -> Any:
        """Be the line in all else; paramiko asks sockets for more than it says."""
        return getattr(self._line, name)


@dataclass(slots=True)
class Session:
    """One reading's connection. It is opened anew where the server has hung up between two files."""

    settings: SftpFilesSettings
    context: Context
    _transport: Any = None
    _client: Any = None

    def client(self) -> Any:
        """Give paramiko's client, logged in; raises what an admin has to know, or Unavailable."""
        if self._transport is None or not self._transport.is_active():
            self.close()
            try:
                self._open()
            except BaseException:
                self.close()
                raise
        return self._client

    def close(self) -> None:
        """Hang up; twice is fine."""
        transport, self._transport, self._client = self._transport, None, None
        if transport is not None:
            transport.close()

    def _open(self) -> None:
        import paramiko  # 12 MiB, and only readings of such files need it

        if self.context.dialer is None:
            raise ContractBroken("The runtime has lent no way to dial.")
        seconds = self.settings.timeout_seconds
        key = private_key(self.settings)
        heard = Heard(self.context.dialer.dial(seconds))
        with sorted_failures("greeting the server", heard.greeting):
            self._transport = transport = paramiko.Transport(heard)
            transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = transport.channel_timeout = seconds
            transport.clear_to_send_timeout = seconds
            kinds = acceptable(self.settings.pins)
            if kinds is not None:
                transport.get_security_options().key_types = kinds
            transport.start_client(timeout=seconds)
            shown = transport.get_remote_server_key()
        if fingerprint_of(shown.asbytes()) not in {pin.fingerprint for pin in self.settings.pins}:
            raise key_changed(shown.get_name(), fingerprint_of(shown.asbytes()))
        with sorted_failures("logging in"):
            self._log_in(transport, key)
        with sorted_failures("opening SFTP"):
            channel = transport.open_session(timeout=seconds)
            channel.settimeout(seconds)
            channel.invoke_subsystem("sftp")
            self._client = paramiko.SFTPClient(channel)

    def _log_in(self, transport: Any, key: Any) -> None:
        """Offer the key first; a server that wants both gets the password too."""
        import paramiko

        username, password = self.settings.username, self.settings.password
        try:
            wanted = transport.auth_publickey(username, key) if key is not None else ["password"]
            if wanted and password is not None:
                wanted = transport.auth_password(username, password.get_secret_value())
        except paramiko.AuthenticationException as error:
            raise logged_out(error, still_there=transport.is_active()) from None
        if wanted:
            hint = f"It wants more: {', '.join(wanted)}. Second factors that a person types cannot be used."
            raise AuthFailed("The server does not let the account in with what is configured.", hint=hint)


def private_key(settings: SftpFilesSettings) -> Any:
    """Read the private key; None where there is none. Raises ConfigInvalid for one that cannot be used."""
    import paramiko

    if settings.private_key is None:
        return None
    text = settings.private_key.get_secret_value().strip() + "\n"
    passphrase = settings.passphrase.get_secret_value() if settings.passphrase else None
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text), password=passphrase)
        except paramiko.PasswordRequiredException:
            raise ConfigInvalid("The private key is locked.", hint="Write its `passphrase`.", setting="passphrase") from None
        except (paramiko.SSHException, ValueError, TypeError, IndexError):
            continue
    hint = "Give an OpenSSH or PEM key of ED25519, ECDSA or RSA (PuTTY's .ppk: export it as OpenSSH), and look at `passphrase`."
    raise ConfigInvalid("The private key cannot be read, or its passphrase is wrong.", hint=hint, setting="private_key")
