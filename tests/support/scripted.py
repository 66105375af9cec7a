"""Servers that misbehave on purpose: scripts of readable steps, played to each connection.

    server = ScriptedServer([send("* OK hello\\r\\n"), expect(rb"^(\\S+) CAPABILITY"), reset()],
                            [send("* BYE go away\\r\\n"), close()])

The first connection plays the first script, the second the second, and every further one the
last. What a client sent is kept as it came over the wire, in `connections[n].received`.
"""
import re
import socket
import ssl
import struct
import threading
import time


class Ended(Exception):
    """The conversation is over: the client has gone, or the script wants no more of it."""


class Connection:
    """One client's connection, with a recorder."""

    def __init__(self, sock, server):
        self.sock, self.server = sock, server
        self.received = bytearray()         # everything that the client sent
        self.sent = bytearray()             # everything that was sent to it
        self.tls = isinstance(sock, ssl.SSLSocket)
        self.error = None                   # what went against the script
        self.match = None                   # of the last `expect`
        self._read = 0                      # how much of `received` the script has seen

    def _more(self):
        data = self.sock.recv(65536)
        if not data:
            raise Ended("the client has closed the connection")
        self.received += data

    def until(self, end):
        """Everything up to and with the bytes `end`."""
        while (at := self.received.find(end, self._read)) < 0:
            self._more()
        return self._take(at + len(end))

    def line(self):
        """The next line with its end, whatever that is made of."""
        return self.until(b"\n")

    def read(self, count):
        """Exactly so many bytes."""
        while len(self.received) < self._read + count:
            self._more()
        return self._take(self._read + count)

    def _take(self, end):
        data, self._read = bytes(self.received[self._read:end]), end
        return data

    def send(self, data):
        """Sends bytes, or text."""
        data = data.encode() if isinstance(data, str) else data
        self.sock.sendall(data)
        self.sent += data

    def start_tls(self, certificate):
        """Turns the connection into TLS, as the server's side of it."""
        self.sock = server_tls(certificate).wrap_socket(self.sock, server_side=True)
        self.tls = True

    def reset(self):
        """Ends the connection by RST."""
        linger_zero(self.sock)
        raise Ended

    def wait(self, seconds):
        """Waits, but no longer than the server lives; for ever where `seconds` is None."""
        if self.server.stopping.wait(seconds):
            raise Ended


def server_tls(certificate):
    """The TLS context of a server with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


def linger_zero(sock):
    """Makes the coming close an RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


# --- steps: each returns a function of a Connection ------------------------------------------


def send(data):
    """Sends this."""
    return lambda connection: connection.send(data)


def expect(pattern):
    """Reads one line, which must match; its groups serve `reply`."""
    def step(connection):
        line = connection.line()
        connection.match = re.search(pattern, line, re.IGNORECASE)
        if not connection.match:
            raise AssertionError(f"expected {pattern!r}, the client said {line!r}")
    return step


def skip_to(pattern):
    """Reads lines until one matches."""
    def step(connection):
        while not (match := re.search(pattern, connection.line(), re.IGNORECASE)):
            pass
        connection.match = match
    return step


def reply(template):
    """Sends a template of bytes in which \\1, \\2 ... stand for groups of the last `expect`."""
    return lambda connection: connection.send(connection.match.expand(template))


def read(count):
    """Reads so many bytes (a literal, say)."""
    return lambda connection: connection.read(count)


def start_tls(certificate):
    """Does a TLS handshake, as after STARTTLS."""
    return lambda connection: connection.start_tls(certificate)


def close():
    """Ends the connection in the ordinary way (FIN)."""
    def step(_):
        raise Ended
    return step


def reset():
    """Ends the connection by RST."""
    return lambda connection: connection.reset()


def stall(seconds=None):
    """Says nothing for a while, or for ever, with the connection open."""
    return lambda connection: connection.wait(seconds)


def drip(data, every=1.0):
    """Sends one byte after the other, slowly."""
    def step(connection):
        for byte in data.encode() if isinstance(data, str) else data:
            connection.send(bytes([byte]))
            connection.wait(every)
    return step


def flood(data, count=None):
    """Sends the same again and again: for ever, or `count` times."""
    def step(connection):
        done = 0
        while done != count and not connection.server.stopping.is_set():
            connection.sock.sendall(data)   # not recorded: it may be gigabytes
            done += 1
    return step


def both(*steps):
    """Several steps as one."""
    def step(connection):
        for one in steps:
            one(connection)
    return step


class Listener:
    """Accepts connections on a loopback port; a subclass says what to do with each (`serve`).

    With a `certificate` TLS begins at once, as on the ports 993 and 465.
    """

    def __init__(self, certificate=None):
        self.certificate, self.connections = certificate, []
        self.stopping = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def serve(self, connection, number):
        """Talks to one client."""
        raise NotImplementedError

    def stop(self):
        """Ends every connection."""
        self.stopping.set()
        hang_up(self._listening)
        for connection in self.connections:
            hang_up(connection.sock)

    def check(self):
        """Fails if any client departed from what the script expected."""
        for number, connection in enumerate(self.connections):
            assert connection.error is None, f"connection {number}: {connection.error}"

    def wait_connections(self, count, timeout=10.0):
        """Waits for that many connections to have been made."""
        until = time.monotonic() + timeout
        while len(self.connections) < count:
            assert time.monotonic() < until, f"only {len(self.connections)} connections"
            time.sleep(0.01)

    def _accept(self):
        while not self.stopping.is_set():
            try:
                sock, _ = self._listening.accept()
            except OSError:
                break
            connection = Connection(sock, self)
            self.connections.append(connection)
            threading.Thread(target=self._talk, args=(connection, len(self.connections) - 1),
                             daemon=True).start()
        self._listening.close()

    def _talk(self, connection, number):
        try:
            if self.certificate:
                connection.start_tls(self.certificate)
            self.serve(connection, number)
        except (Ended, OSError):
            pass                            # clients come and go; that is no error of theirs
        except AssertionError as error:
            connection.error = str(error)
        finally:
            connection.sock.close()


def hang_up(sock):
    """Ends a connection, or a listening, and wakes the thread in it, which is to close it.

    close() alone would do neither for as long as that thread waits.
    """
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class ScriptedServer(Listener):
    """Plays one script, a list of steps, to each connection."""

    def __init__(self, *scripts, certificate=None):
        self.scripts = scripts
        super().__init__(certificate)

    def serve(self, connection, number):
        for step in self.scripts[min(number, len(self.scripts) - 1)]:
            step(connection)
