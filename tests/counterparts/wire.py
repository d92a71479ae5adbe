"""HTTP/1.1 on a socket: requests in, answers out, connections kept or broken.

The headers are read by hand: the standard library takes longer for them than the rest of the
server for everything.
"""

from __future__ import annotations

import json
import select
import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.counterparts.messages import Answer, Request

HANG_LIMIT = 60.0  # seconds
DROPS, APART = 150, 0.02  # bytes that come one by one, and seconds between two
CHUNK, CHUNKS = b" " * 65_536, 4_096  # 256 MB: as good as endless, for a test that fails
BODY_LIMIT = 8_000_000


class Reset(Exception):
    """Break the connection, without an answer."""


class Hang(Exception):
    """Never answer."""


class Half(Exception):
    """Break the connection in the middle of this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class Drip(Exception):
    """Send the first bytes of this answer one by one, each in good time."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class Endless(Exception):
    """Send chunks without an end."""


Serve = Callable[[Request], tuple[Answer, Callable[[], None]]]


class Listener(ThreadingHTTPServer):
    """A thread for each connection. ``serve`` gives the answer and what to do after it."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, port: int, serve: Serve, mistake: Callable[[], None]) -> None:
        self.serve, self.mistake = serve, mistake
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Handler)

    def server_bind(self) -> None:
        """Without asking the name service who we are."""
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A mistake of ours, or of a client's HTTP: into the errors, not to the terminal."""
        self.mistake()

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class Handler(BaseHTTPRequestHandler):
    server: Listener
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        self.close_connection = True
        try:
            request = self._read()
            if request is None:
                return
            answer, afterwards = self.server.serve(request)
            self.wfile.write(_bytes(answer))
            self.close_connection = request.headers.get("connection", "").lower() == "close"
            afterwards()
        except Hang:
            self._hang()
        except Half as half:
            whole = _bytes(half.answer)
            body = whole.index(b"\r\n\r\n") + 4
            self.wfile.write(whole[: body + (len(whole) - body) // 2])
        except Drip as drip:
            self._drip(_bytes(drip.answer))
        except Endless:
            self._chunks()
        except Reset:
            self._reset()
        except OSError:
            return  # the client is gone

    def _read(self) -> Request | None:
        line = self.rfile.readline(65537).split()
        if len(line) != 3:
            return None
        headers: dict[str, str] = {}
        while (raw := self.rfile.readline(65537)) not in (b"\r\n", b"\n", b""):
            name, _, value = raw.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        if length > BODY_LIMIT:
            self.wfile.write(_bytes(Answer(413, {"error": "Request Entity Too Large"})))
            return None
        body = self.rfile.read(length) if length else b""
        return Request(line[0].decode(), line[1].decode("latin-1"), headers, body)

    def _hang(self) -> None:
        """Until the client goes away."""
        waited = 0.0
        while waited < HANG_LIMIT and not self.server.stopping.is_set():
            ready, _, _ = select.select([self.connection], [], [], 0.05)
            if ready and not self.connection.recv(65536):
                return
            waited += 0.05

    def _drip(self, whole: bytes) -> None:
        try:
            for place in range(min(DROPS, len(whole))):
                self.wfile.write(whole[place : place + 1])
                if self.server.stopping.wait(APART):
                    return
            self.wfile.write(whole[DROPS:])
        except OSError:
            return  # the client has had enough

    def _chunks(self) -> None:
        head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked"
        piece = b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK)
        try:
            self.wfile.write(head.encode() + b"\r\n\r\n")
            for _ in range(CHUNKS):
                self.wfile.write(piece)
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            return

    def _reset(self) -> None:
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.rfile.close()
        self.connection.close()


def _bytes(answer: Answer) -> bytes:
    if answer.body is None:
        body, kind = b"", ""
    elif isinstance(answer.body, bytes):
        body, kind = answer.body, ""
    elif isinstance(answer.body, str):
        body, kind = answer.body.encode(), "text/plain"
    else:
        text = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))
        body, kind = text.encode(errors="surrogatepass"), "application/json"
    lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, 'Unknown')}"]
    if kind:
        lines.append(f"content-type: {kind}")
    if answer.status != 204:
        lines.append(f"content-length: {len(body)}")
    lines.extend(f"{name}: {value}" for name, value in answer.headers.items())
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
