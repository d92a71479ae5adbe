"""No answer is larger or takes longer than this, whatever the other side does.

A time-out of sockets counts from byte to byte. Here the whole answer has a time, from its first
line on, and a size, as it comes and unpacked; whoever sends more, or later, is hung up on.
"""

from __future__ import annotations

import http.client
import io
import zlib
from collections.abc import Iterator
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session

MOST_BYTES = 64_000_000  # bytes of an answer
TIMES = 3  # time-outs that a whole answer may take
_PIECE = 1 << 20  # bytes: nearly every answer is one


class TooLarge(OSError):
    """It has more bytes than `MOST_BYTES`."""


class TooSlow(OSError):
    """Byte came after byte, and not the end."""


class Limited(io.RawIOBase):
    """What comes from a connection, until it is too much or too late."""

    def __init__(self, raw: Any, seconds: float | None) -> None:
        self._raw = raw
        self._end = None if seconds is None else monotonic() + seconds
        self._left = MOST_BYTES + _PIECE  # with its first lines

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        number: int = self._raw.fileno()
        return number

    def readinto(self, buffer: Any) -> int | None:
        if self._end is not None and monotonic() > self._end:
            raise TooSlow
        if self._left <= 0:
            raise TooLarge
        got: int | None = self._raw.readinto(buffer)
        self._left -= got or 0
        return got

    def close(self) -> None:
        self._raw.close()
        super().close()


class LimitedResponse(http.client.HTTPResponse):
    """The standard library's, which urllib3 and urllib are built upon."""

    def __init__(self, sock: Any, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        wait = sock.gettimeout()
        raw = self.fp.detach()
        self.fp = io.BufferedReader(Limited(raw, None if wait is None else wait * TIMES))


def limit(session: Session) -> Session:
    """The session, with every answer bounded, errors too, and read whole. It follows no redirect,
    which would take our secrets along: that is the error TooManyRedirects."""
    session.max_redirects = 0  # also where it is asked not to, it would read where one leads
    session.headers["Accept-Encoding"] = "gzip"  # what is unpacked here
    adapter = _adapter()()
    for start in ("https://", "http://"):
        session.mount(start, adapter)
    return session


def settle(session: Session, url: str, verify: str | None = None) -> Session:
    """The session, for ``url`` alone: the environment (proxies, certificates) is read once, not
    for every request, and gives no password from ~/.netrc. ``verify`` is a file of certificates
    that goes before it."""
    found = session.merge_environment_settings(url, {}, None, verify, None)
    session.proxies, session.verify = found["proxies"], found["verify"]
    session.trust_env = False
    return session


@cache
def _adapter() -> Any:
    """Made late: `requests` takes a tenth of a second to import."""
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.connection import HTTPConnection, HTTPSConnection

    class PlainConnection(HTTPConnection):
        response_class = LimitedResponse

    class EncryptedConnection(HTTPSConnection):
        response_class = LimitedResponse

    class Plain(HTTPConnectionPool):
        ConnectionCls = PlainConnection

    class Encrypted(HTTPSConnectionPool):
        ConnectionCls = EncryptedConnection

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **more: Any) -> None:
            super().init_poolmanager(*args, **more)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, *args: Any, **more: Any) -> Any:
            manager = super().proxy_manager_for(*args, **more)
            manager.pool_classes_by_scheme = pools
            return manager

        def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:
            response = super().send(request, *args, **{**more, "stream": True})
            read_whole(response)
            return response

    pools = {"http": Plain, "https": Encrypted}
    return Adapter


def read_whole(response: Response) -> None:
    """Read and unpack the body. Raises OSError where it is too large, late or broken."""
    from requests.exceptions import ChunkedEncodingError, ContentDecodingError
    from urllib3.exceptions import HTTPError

    packed = response.headers.get("Content-Encoding", "").strip().lower() in ("gzip", "x-gzip")
    try:
        body = b"".join(_pieces(response.raw, packed))
    except HTTPError as error:
        response.raw.close()
        raise ChunkedEncodingError(error, request=response.request) from error
    except zlib.error as error:
        response.raw.close()
        raise ContentDecodingError(error, request=response.request) from error
    except TooLarge:
        response.raw.close()
        raise
    response._content, response._content_consumed = body, True  # type: ignore[attr-defined]
    response.raw.release_conn()


def _pieces(raw: Any, packed: bool) -> Iterator[bytes]:
    left = MOST_BYTES
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    piece = b""
    while piece := raw.read(_PIECE, decode_content=False):
        found = unpacker.decompress(piece, left + 1) if packed else piece
        left -= len(found)
        if left < 0:
            raise TooLarge
        yield found
    if packed and left < MOST_BYTES and not unpacker.eof:
        raise zlib.error("cut off")
