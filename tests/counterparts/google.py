"""Google Drive and Docs as far as IMA speaks to them: a token, copies, placeholders, sharing.

    python -m tests.counterparts.google --port 4103

It looks at the signature of who signs in, and shows each app its own properties only.
"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from tests.counterparts.messages import Answer, Request
from tests.counterparts.program import stay
from tests.counterparts.small import SmallServer
from tests.leaks import secret

TOKEN = secret("google")
AUDIENCE = "https://oauth2.googleapis.com/token"  # whatever address is asked
TEMPLATE, FOLDER = "template-1", "folder-1"
TEXT = (
    "{{reference}}: {{title}}\nSeverity: {{severity}}\nOwner: {{owner}}\nRoom: {{room}}\n"
    "Issue: {{link}}\n{{what the team writes}}\n"
)
_QUERY = re.compile(r"appProperties has \{ key='(\w+)' and value='(\w+)' \} and trashed = false")


@dataclass
class Document:
    id: str
    name: str
    text: str
    properties: dict[str, str]
    folder: str
    drive: str = ""  # the shared drive that it is in; "": somebody's own
    domains: list[str] = field(default_factory=list)
    trashed: bool = False

    @property
    def link(self) -> str:
        return f"https://docs.google.com/document/d/{self.id}/edit"


class Refused(Exception):
    def __init__(self, status: int, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.reason = status, message, reason


class GoogleServer(SmallServer):
    """A shared drive with a template. ``shared`` false: the folder is in nobody's shared drive.
    Where the account is in several ``drives``, a search over all of them gives up."""

    def __init__(self, *, port: int = 0) -> None:
        super().__init__(self._answer, error={"error": {"message": "Backend Error"}}, port=port)
        self.template = TEXT
        self.visible = True  # the template, to our account
        self.shared = True
        self.drives = 1  # that the account is in
        self.pages = 0  # empty ones before the page of what is found
        self.acts_as = ""  # the person in whose name the account signed in last
        self.incomplete = False  # as a search over many drives may be
        self.made: list[Document] = []

    def documents(self) -> list[Document]:
        """The copies, oldest first."""
        return [each for each in self.made if not each.trashed]

    def credentials(self) -> str:
        """The key of an account, as Google gives it."""
        return json.dumps(
            {
                "type": "service_account",
                "client_email": "ima@acme.iam.gserviceaccount.com",
                "private_key": _key()[0],
                "private_key_id": "k1",
                "token_uri": f"{self.url}/token",
            }
        )

    def _answer(self, request: Request) -> Answer:
        try:
            if request.path == "/token":
                return Answer(200, self._token(request))
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                raise Refused(401, "Request had invalid authentication credentials.")
            return Answer(200, self._does(request))
        except Refused as refused:
            errors = [{"reason": refused.reason, "message": refused.message}]
            said = {"code": refused.status, "message": refused.message, "errors": errors}
            return Answer(refused.status, {"error": said})

    def _token(self, request: Request) -> dict[str, Any]:
        from google.auth import jwt

        decode: Any = jwt.decode
        form = parse_qs(request.body.decode())
        try:
            claims = decode(form["assertion"][0], certs=_key()[1], audience=AUDIENCE)
        except (KeyError, ValueError) as error:
            raise Refused(400, "invalid_grant: Invalid JWT Signature.") from error
        scope, self.acts_as = claims["scope"].rpartition("/")[2], str(claims.get("sub", ""))
        return {"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer", "scope": scope}

    def _does(self, request: Request) -> dict[str, Any]:
        path, method = request.path, request.method
        if (method, path) == ("GET", "/drive/v3/files"):
            return self._listed(request)
        if found := re.fullmatch(r"/drive/v3/files/([^/]+)", path):
            return self._file(found[1])
        if found := re.fullmatch(r"/drive/v3/files/([^/]+)/copy", path):
            return self._copy(found[1], request)
        if found := re.fullmatch(r"/drive/v3/files/([^/]+)/permissions", path):
            return self._share(found[1], request)
        if found := re.fullmatch(r"/v1/documents/([^/]+):batchUpdate", path):
            return self._fill(found[1], request)
        raise Refused(404, "Not Found")

    def _listed(self, request: Request) -> dict[str, Any]:
        wanted = _QUERY.fullmatch(request.query["q"][0])
        if wanted is None:
            raise Refused(400, "Invalid Value", "invalid")
        key, value = wanted.groups()
        if int(request.query.get("pageToken", ["0"])[0]) < self.pages:
            page = int(request.query.get("pageToken", ["0"])[0])
            return {"files": [], "incompleteSearch": False, "nextPageToken": f"{page + 1}"}
        seen, incomplete = self._searched({name: all_[0] for name, all_ in request.query.items()})
        rows = [
            {"id": each.id, "webViewLink": each.link, "createdTime": f"2026-03-02T12:{n:02}Z"}
            for n, each in enumerate(seen)
            if each.properties.get(key) == value
        ]
        return {"files": rows, "incompleteSearch": incomplete}

    def _searched(self, query: dict[str, str]) -> tuple[list[Document], bool]:
        """The files that a search looks through, and whether it left some out."""
        corpora, drive = query.get("corpora", "user"), query.get("driveId", "")
        if (corpora == "drive") != bool(drive):
            raise Refused(400, "The driveId parameter goes with corpora=drive.", "invalid")
        if corpora == "user":
            return [each for each in self.documents() if not each.drive], self.incomplete
        for needed in ("supportsAllDrives", "includeItemsFromAllDrives"):
            if query.get(needed) != "true":
                raise Refused(403, f"The {needed} parameter must be true.", "invalid")
        if self.incomplete or (corpora == "allDrives" and self.drives > 1):
            return [], True
        return [each for each in self.documents() if drive in ("", each.drive)], False

    def _file(self, name: str) -> dict[str, Any]:
        if name == TEMPLATE and self.visible:
            kind = "application/vnd.google-apps.document"
            return {"id": name, "mimeType": kind, "capabilities": {"canCopy": True}}
        if name == FOLDER:
            kind = "application/vnd.google-apps.folder"
            drive = {"driveId": "drive-1"} if self.shared else {}
            return {
                "id": name, "mimeType": kind, "capabilities": {"canAddChildren": True}, **drive
            }  # fmt: skip
        raise Refused(404, f"File not found: {name}.", "notFound")

    def _copy(self, name: str, request: Request) -> dict[str, Any]:
        self._file(name)
        said = request.json()
        self._file(said["parents"][0])
        if not self.shared and not self.acts_as:
            text = "The user's Drive storage quota has been exceeded."
            raise Refused(403, text, "storageQuotaExceeded")
        for key, value in said["appProperties"].items():
            if len(f"{key}{value}".encode()) > 124:
                raise Refused(400, "The property is too long")
        made = Document(
            f"doc-{len(self.made) + 1}",
            said["name"],
            self.template,
            said["appProperties"],
            said["parents"][0],
            "drive-1" if self.shared else "",
        )
        self.made.append(made)
        return {"id": made.id, "webViewLink": made.link}

    def _share(self, name: str, request: Request) -> dict[str, Any]:
        said = request.json()
        assert (said["type"], said["role"]) == ("domain", "writer")
        domains = self._document(name).domains
        if said["domain"] not in domains:
            domains.append(said["domain"])
        return {"id": "permission-1"}

    def _fill(self, name: str, request: Request) -> dict[str, Any]:
        document = self._document(name)
        for each in request.json()["requests"]:
            said = each["replaceAllText"]
            document.text = document.text.replace(said["containsText"]["text"], said["replaceText"])
        return {"documentId": name, "replies": []}

    def _document(self, name: str) -> Document:
        for each in self.documents():
            if each.id == name:
                return each
        raise Refused(404, f"File not found: {name}.", "notFound")


@cache
def _key() -> tuple[str, str]:
    """A private key and its certificate of trust: made for this process."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def main() -> None:
    reading = argparse.ArgumentParser(description="Google Drive and Docs on 127.0.0.1.")
    reading.add_argument("--port", type=int, default=4103)
    reading.add_argument("--credentials", required=True, help="the file to write the key to")
    said = reading.parse_args()
    with GoogleServer(port=said.port) as server, open(said.credentials, "w") as file:
        file.write(server.credentials())
        file.flush()
        stay(IMA_GOOGLE_URL=server.url, IMA_GOOGLE_CREDENTIALS=said.credentials)


if __name__ == "__main__":
    main()
