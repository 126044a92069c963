"""A stand-in for an SFTP server: one account, files in memory, a real SSH server on loopback."""

from sandbox.sftp.server import SftpServed
from sandbox.sftp.tree import PASSWORD, USERNAME, SftpFault, SftpTree

__all__ = ["PASSWORD", "USERNAME", "SftpFault", "SftpServed", "SftpTree"]
