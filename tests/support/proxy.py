"""A TCP proxy that breaks the connection between a client and a real server at an exact byte.

    proxy = FaultProxy(lab.dovecot.ports["imap"],
                       Fault("reset", match=rb"BODY\\[\\] \\{\\d+\\}\\r\\n", after=100))

lets the server's answer through up to the 100th byte behind that match, and not one byte more.
Through TLS only counts of bytes are of use, for the proxy sees what the wire carries.
"""
import fcntl
import re
import socket
import struct
import termios
import threading
import time
from dataclasses import dataclass

from .scripted import Ended, hang_up, linger_zero

DOWN, UP = "down", "up"         # from the server to the client, and the other way


@dataclass(frozen=True)
class Fault:
    """What happens, and where.

    action      close (FIN) or reset (RST), both to both sides; stall (this direction is silent
                until `release`); blackhole (both are); drip (on, a byte every `every` seconds);
                inject (`data` is slipped in, then on)
    after       bytes that still pass in this direction: of the stream, or behind `match`
    match       a pattern of bytes; the end of its first match is where `after` counts from. It
                is tried on what has come so far, so let it end in something fixed, like \\r\\n
    direction   DOWN or UP
    connection  the number of the one connection that it hits, from 0; None: each
    """
    action: str
    after: int = 0
    match: bytes = None
    direction: str = DOWN
    connection: int = None
    every: float = 1.0
    data: bytes = b""


class _Link:
    """One client's connection and ours to the server for it, pumped by a thread each way."""

    def __init__(self, number, client, server):
        self.number = number
        self.socks = {DOWN: client, UP: server}         # where each direction goes to
        self.passed = {DOWN: bytearray(), UP: bytearray()}
        self.hit = set()                                # faults that were here already
        self.hole = threading.Event()                   # neither direction passes
        self.over = threading.Event()
        self._pumps, self._lock = 2, threading.Lock()

    def end(self, rst=False):
        """Wakes both threads; the last of them closes, which for an RST must be the first sign."""
        self.over.set()
        for sock in self.socks.values():
            if rst:
                linger_zero(sock)
                _shut(sock, socket.SHUT_RD)
            else:
                hang_up(sock)

    def leave(self):
        """A thread has done its part."""
        with self._lock:
            self._pumps -= 1
            if self._pumps == 0:
                for sock in self.socks.values():
                    sock.close()


class FaultProxy:
    """Stands on `port` before the server's port `target`; `links[n].passed[DOWN]` is what passed.

    `fired` is set once a fault has struck. `faults` may be replaced at any time: they are looked
    at with each piece that passes.
    """

    def __init__(self, target, *faults):
        self.target, self.faults, self.links = target, faults, []
        self.fired, self._released = threading.Event(), threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends every connection."""
        hang_up(self._listening)
        for link in self.links:
            link.end()

    def strike(self, *faults):
        """Other faults from now on: what stalls is let go on, and new faults stall anew."""
        self._released.set()
        time.sleep(0.06)            # longer than those that wait sleep
        self._released.clear()
        self.faults = faults

    def release(self):
        """Lets go on what stalls or has vanished into the black hole."""
        self._released.set()

    def _accept(self):
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                break
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            for sock in (client, server):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = _Link(len(self.links), client, server)
            self.links.append(link)
            for direction in (DOWN, UP):
                threading.Thread(target=self._pump, args=(link, direction), daemon=True).start()
        self._listening.close()

    def _pump(self, link, direction):
        source, goal = link.socks[UP if direction == DOWN else DOWN], link.socks[direction]
        try:
            while data := source.recv(65536):
                self._pass(link, direction, data)
            self._hold(link)
            _shut(goal, socket.SHUT_WR)
        except Ended:
            pass
        except OSError:
            link.end()
        finally:
            link.leave()

    def _pass(self, link, direction, data):
        """Lets a piece pass, up to the fault in it if there is one."""
        while data:
            fault, length = self._next(link, direction, data)
            self._hold(link)
            if fault is not None and fault.action == "blackhole":
                link.hole.set()             # before the piece is through: its answer must not be faster than the hole
            self._send(link, direction, data[:length])
            data = data[length:]
            if fault is None:
                continue
            link.hit.add(fault)
            self.fired.set()
            self._strike(fault, link, direction)
            if fault.action == "drip":
                for byte in data:
                    if link.over.wait(fault.every):
                        raise Ended
                    self._forward(link, direction, bytes([byte]))
                return

    def _next(self, link, direction, data):
        """The fault that strikes first within this piece, and how much still passes before it."""
        for fault in link.hit:
            if fault.action == "drip" and fault.direction == direction:
                return fault, 0             # once slow, slow for ever
        passed, found = link.passed[direction], None
        length = len(data)
        for fault in self.faults:
            if (fault in link.hit or fault.direction != direction
                    or fault.connection not in (None, link.number)):
                continue
            start = 0
            if fault.match is not None:
                match = re.search(fault.match, bytes(passed) + data)
                if not match:
                    continue
                start = match.end()
            at = max(0, start + fault.after - len(passed))
            if at < length or (at == length and found is None):
                found, length = fault, at
        return found, length

    def _strike(self, fault, link, direction):
        if fault.action in ("close", "reset"):
            _drain(link.socks[direction])
            link.end(rst=fault.action == "reset")
            raise Ended
        if fault.action == "inject":
            link.socks[direction].sendall(fault.data)
        elif fault.action == "stall":
            self._wait_release(link)

    def _forward(self, link, direction, data):
        self._hold(link)
        self._send(link, direction, data)

    @staticmethod
    def _send(link, direction, data):
        if data:
            link.socks[direction].sendall(data)
            link.passed[direction] += data

    def _hold(self, link):
        """What is to pass, a hang-up too, waits at the black hole; after an RST nothing passes."""
        if link.hole.is_set():
            self._wait_release(link)
        if link.over.is_set():
            raise Ended

    def _wait_release(self, link):
        while not self._released.wait(0.05):
            if link.over.is_set():
                raise Ended
        link.hole.clear()


def _shut(sock, how):
    try:
        sock.shutdown(how)
    except OSError:
        pass                                # the other side was faster


def _drain(sock):
    """Waits until the kernel has delivered what we wrote: an RST would throw it away."""
    until = time.monotonic() + 2
    while time.monotonic() < until:
        if not struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, b"\0" * 4))[0]:
            return
        time.sleep(0.001)
