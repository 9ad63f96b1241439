"""Certificates of an authority of the test's own, in files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import trustme

__all__ = ["Files", "Issuer"]


@dataclass(frozen=True)
class Files:
    """A certificate chain and its key."""

    cert: Path
    key: Path


class Issuer:
    """An authority; ``ca`` is the file of its certificate."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self.authority = trustme.CA()
        self.folder = folder
        self.ca = folder / f"{name}.pem"
        self.authority.cert_pem.write_to_path(self.ca)

    def issue(self, name: str = "server", *subjects: str) -> Files:
        """Files for these names and addresses; those of this machine without."""
        made = self.authority.issue_cert(*(subjects or ("127.0.0.1", "localhost")))
        files = Files(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        chain = b"".join(one.bytes() for one in made.cert_chain_pems)
        files.cert.write_bytes(chain)
        files.key.touch(mode=0o600)
        files.key.write_bytes(made.private_key_pem.bytes())
        return files
