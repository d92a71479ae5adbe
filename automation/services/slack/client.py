"""slack_sdk as we want it: silent, no retries of its own, and our token goes to Slack only.

Its own way to send follows redirects and takes the token along. Imports slack_sdk: import it late.
"""

from __future__ import annotations

import json
import logging
from email.message import Message
from ssl import create_default_context
from typing import IO, Any
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from slack_sdk import WebClient


class _Stay(HTTPRedirectHandler):
    """A redirect is an answer like others."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        return None


class Client(WebClient):
    """``bundle`` is a file with the certificates of authorities; empty: the machine's own."""

    def __init__(self, token: str, url: str, timeout: float, bundle: str) -> None:
        mute = logging.Logger("slack", logging.CRITICAL + 1)
        super().__init__(token, url, timeout, retry_handlers=[], logger=mute)  # type: ignore[arg-type]
        self.proxy = None  # the opener knows them, and where to go without
        context = create_default_context(cafile=bundle or None)
        self._opener = build_opener(_Stay, HTTPSHandler(context=context))

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        """Raises ValueError where the answer is no JSON object."""
        with self._opener.open(req, timeout=self.timeout) as answer:
            text = answer.read().decode()
        if not isinstance(json.loads(text), dict):
            raise ValueError
        return {"status": answer.status, "headers": answer.headers, "body": text}
