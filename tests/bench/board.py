"""The bench's own servers, and what they tell (board.h)."""
import mmap
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support.process import answers, free_ports, wait_until     # noqa: E402  (only now is it found)

STAMPS = 65536
SIZE = 8 * (4 + STAMPS)


class Teller:
    """One of the programs beside this file, run with a port and a board of its own."""

    def __init__(self, program, directory, *arguments, greeting):
        self.port = free_ports(1)[0]
        self._file = Path(directory) / f"{Path(program).name}-{self.port}.board"
        self._file.write_bytes(bytes(SIZE))
        with self._file.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), SIZE)
        self._running = subprocess.Popen([program, str(self.port), *map(str, arguments), self._file])
        wait_until(lambda: answers(self.port, greeting), f"{program} listens")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._running.kill()
        self._running.wait()
        self._map.close()
        os.unlink(self._file)

    def _number(self, index):
        return struct.unpack_from("Q", self._map, 8 * index)[0]

    count = property(lambda self: self._number(0))
    bytes = property(lambda self: self._number(1))
    connections = property(lambda self: self._number(2))
    turns = property(lambda self: self._number(3))

    def stamp(self, index):
        """When the index-th was said, in seconds of CLOCK_MONOTONIC."""
        return self._number(4 + index % STAMPS) / 1e9

    def wait(self, count, timeout):
        """Waits until so many were counted; when the last of them was said."""
        until = time.monotonic() + timeout
        while self.count < count:
            if time.monotonic() > until:
                raise TimeoutError(f"{self.count} of {count} came in {timeout} s")
            time.sleep(0.0005)
        return self.stamp(count - 1)


def sink(tools, directory):
    """An SMTP server that takes all."""
    return Teller(tools / "sink", directory, greeting=True)


def link(tools, directory, target, delay):
    """A line to the server's port with so many seconds each way."""
    return Teller(tools / "link", directory, target, int(delay * 1e6), greeting=False)
