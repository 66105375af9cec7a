"""Certificates made at run time: a good one, and each kind of bad one."""
import subprocess
from pathlib import Path
from typing import NamedTuple

LOCAL = "DNS:localhost,IP:127.0.0.1"


class Certificate(NamedTuple):
    """The files that a TLS server is given."""
    chain: Path
    key: Path


class Certificates:
    """A certificate authority of its own in a directory; `ca` is what clients are to trust."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.ca = self.directory / "ca.pem"
        self._ca_key = self.directory / "ca.key"
        self._openssl("req", "-x509", *self._new_key(self._ca_key), "-days", "30",
                      "-subj", "/CN=escrelay test CA", "-addext", "keyUsage=critical,keyCertSign",
                      "-out", self.ca)

    def good(self):
        """For localhost and 127.0.0.1."""
        return self._issue("good", LOCAL, 30)

    def wrong_name(self):
        """Of the CA, in its time, but for another host."""
        return self._issue("wrong-name", "DNS:elsewhere.example", 30)

    def expired(self):
        """Of the CA and for this host, over since yesterday."""
        return self._issue("expired", LOCAL, -1)

    def self_signed(self):
        """For this host, signed by nobody but itself."""
        made = Certificate(self.directory / "self-signed.pem", self.directory / "self-signed.key")
        if not made.chain.exists():
            self._openssl("req", "-x509", *self._new_key(made.key), "-days", "30",
                          "-subj", "/CN=localhost", "-addext", f"subjectAltName={LOCAL}",
                          "-out", made.chain)
        return made

    def _issue(self, name, names, days):
        made = Certificate(self.directory / f"{name}.pem", self.directory / f"{name}.key")
        if made.chain.exists():
            return made
        request, extensions = self.directory / f"{name}.csr", self.directory / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\n")
        self._openssl("req", *self._new_key(made.key), "-subj", f"/CN={name}", "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self._ca_key,
                      "-set_serial", str(1 + len(list(self.directory.glob("*.pem")))),
                      "-days", str(days), "-extfile", extensions, "-out", made.chain)
        return made

    @staticmethod
    def _new_key(path):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", path]

    @staticmethod
    def _openssl(*arguments):
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode())
