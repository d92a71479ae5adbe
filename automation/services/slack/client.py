"""slack_sdk as IMA needs it: it prints nothing, does not retry by itself, and sends our token to
Slack only."""

from __future__ import annotations

import logging
from email.message import Message
from functools import cache
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from ssl import SSLContext, create_default_context
from typing import IO, Any
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from slack_sdk import WebClient

from automation.http.answers import read_json
from automation.http.bounded import LimitedResponse


class _Stay(HTTPRedirectHandler):
    """Takes a redirect for an answer like any other, and does not follow it."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        return None


@cache
def _certificates(bundle: str) -> SSLContext:
    """Read once: it takes as long as all else."""
    return create_default_context(cafile=bundle or None)


class _Plain(HTTPConnection):
    response_class = LimitedResponse


class _Encrypted(HTTPSConnection):
    response_class = LimitedResponse


class _Opened(HTTPSHandler, HTTPHandler):
    """Connections whose answers are bounded."""

    def __init__(self, context: SSLContext) -> None:
        super().__init__(context=context)
        self._certificates = context

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_Plain, req)

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_Encrypted, req, context=self._certificates)


class Client(WebClient):
    """slack_sdk's client. ``bundle`` is a file with the certificates of authorities; "": those of
    the machine."""

    def __init__(self, token: str, url: str, timeout: float, bundle: str) -> None:
        mute = logging.Logger("slack", logging.CRITICAL + 1)
        super().__init__(token, url, timeout, retry_handlers=[], logger=mute)  # type: ignore[arg-type]
        self.proxy = None  # the opener knows them, and where to go without
        self._opener = build_opener(_Stay, _Opened(_certificates(bundle)))

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        """Raises ValueError where the answer is no JSON object."""
        with self._opener.open(req, timeout=self.timeout) as answer:
            body = answer.read()
        if not isinstance(read_json(body), dict):
            raise ValueError
        return {"status": answer.status, "headers": answer.headers, "body": body.decode()}
