"""A small disk that can be filled, for tests of what happens then."""
import errno
import os
import subprocess

import pytest


class Disk:
    """A file system of its own, of a size that can be changed."""

    def __init__(self, directory, size):
        self.directory = directory
        directory.mkdir()
        if os.geteuid() != 0:
            pytest.skip("only root can mount a small disk")
        if not self._mount(f"size={size}", "-t", "tmpfs", "none"):
            pytest.skip("a small disk cannot be mounted here")

    def _mount(self, options, *more):
        return subprocess.run(["mount", "-o", options, *more, self.directory], check=False,
                              capture_output=True).returncode == 0

    def remount(self, options):
        assert self._mount(f"remount,{options}")

    def fill(self, but=0):
        """Nothing more fits, but for so many bytes."""
        with open(self.directory / "ballast", "wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(bytes(4096))
            except OSError as full:
                assert full.errno == errno.ENOSPC
            ballast.truncate(ballast.tell() - but)

    def make_room(self):
        (self.directory / "ballast").unlink()

    def close(self):
        subprocess.run(["umount", "-l", self.directory], check=False)
