"""A chat room's side of a webhook: an HTTP server on loopback that keeps each post and answers as a test likes.

    with HookSink(answers=[500, 200]) as sink: ...

answers the first post with 500 and all others with 200. An answer is a status, or a function that is given the connection after the
post was read and does with it what it likes: `hang`, `cut`, `redirect(url)`, `endless(status)`, `flood(status)`, `says(status, words)`, `later(seconds)`.
"""
import json
import socket
import ssl
import threading
import time
from contextlib import suppress


class Post:
    """One post as it came."""

    def __init__(self, head, body):
        first, *lines = head.decode("latin-1").split("\r\n")
        self.target, self.body = first.split()[1], body
        self.headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines if ": " in line)}

    @property
    def json(self):
        return json.loads(self.body)


def hang(sink, _):
    """Says nothing, for as long as the server lives."""
    sink.over.wait()


def cut(_, __):
    """Hangs up without a word."""


def redirect(url):
    """Sends the client elsewhere."""
    return lambda sink, link: link.sendall(f"HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode())


def later(seconds):
    """Too many, says how long to wait."""
    return lambda sink, link: link.sendall(f"HTTP/1.1 429 Too Many\r\nRetry-After: {seconds}\r\nContent-Length: 0\r\n\r\n".encode())


def says(status, words):
    """A status with a body."""
    return lambda sink, link: link.sendall(f"HTTP/1.1 {status} X\r\nContent-Length: {len(words)}\r\n\r\n{words}".encode())


def endless(status):
    """A body without an end."""
    def answer(sink, link):
        link.sendall(f"HTTP/1.1 {status} X\r\n\r\n".encode())
        while not sink.over.is_set():
            link.sendall(b"x" * 65536)
            sink.poured += 65536
    return answer


def flood(status):
    """Header fields without an end."""
    def answer(sink, link):
        link.sendall(f"HTTP/1.1 {status} X\r\n".encode())
        while not sink.over.is_set():
            link.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")
            sink.poured += 1010
    return answer


class HookSink:
    """The server; `posts` are those that came, `url` is where to."""

    def __init__(self, answers=(), certificate=None):
        self.answers, self.certificate = list(answers), certificate
        self.posts, self.poured, self.over = [], 0, threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"{'https' if certificate else 'http'}://localhost:{self.port}/services/T0secret/B0path"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self):
        context = None
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate.chain, self.certificate.key)
        while not self.over.is_set():
            try:
                link, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(link, context), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, link, context):
        with suppress(OSError, ValueError):
            link.settimeout(20)
            if context:
                link = context.wrap_socket(link, server_side=True)
            with link:
                self._answer(link)

    def _answer(self, link):
        came = b""
        while b"\r\n\r\n" not in came:
            came += link.recv(65536) or _ended()
        head, _, body = came.partition(b"\r\n\r\n")
        post = Post(head, body)
        while len(body) < int(post.headers["content-length"]):
            body += link.recv(65536) or _ended()
        post.body = body
        self.posts.append(post)
        answer = self.answers.pop(0) if self.answers else 200
        if callable(answer):
            answer(self, link)
        else:
            link.sendall(f"HTTP/1.1 {answer} X\r\nContent-Length: 2\r\n\r\nok".encode())
        time.sleep(0.01)


def _ended():
    raise ValueError("the client hung up")
