"""Google Docs: the working document is a copy of the team's template, in a shared drive.

The copy carries a digest of its key as a property that only IMA sees, and is found by it: copied
once, whenever the job was killed. It is looked for in the drive of its folder alone, for Google may
give up a search over several drives. Only the fields of `Paper` are put into it.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, ClassVar

from automation.errors import ServiceError
from automation.http.answers import Refusal
from automation.model.issue import Paper
from automation.policy.outside_services import DocumentsSettings
from automation.services import DocumentAbilities
from automation.services.google.rows import COPIED, FOUND, SEEN, WHERE
from automation.services.google.wire import STORAGE, GoogleWires
from automation.services.wire import part
from automation.text.escaping import ZERO_WIDTH_SPACE, clean

PROPERTY = "ima_incident"
FIELDS = ("reference", "title", "severity", "owner", "room", "link")
_MOST_PAGES = 10  # of a search
_SHARED = {"supportsAllDrives": "true"}


class GoogleDocuments:
    """Working documents as copies of one template in one folder."""

    can: ClassVar = DocumentAbilities()

    def __init__(self, settings: DocumentsSettings, wires: GoogleWires) -> None:
        self._settings, self._wires = settings, wires

    def create(self, paper: Paper) -> str:
        """Copy the template, fill it in and share it; a copy that a killed job has left is used.
        Returns its address. Raises ServiceError."""
        value = sha256(paper.key.encode()).hexdigest()  # a property has room for 124 bytes
        made = self._copy_made_before(value) or self._copy_of_template(paper, value)
        self._fill(str(made["id"]), paper)
        if self._settings.share and not paper.confidential:
            self._share(str(made["id"]))
        return str(made.get("webViewLink") or f"https://docs.google.com/document/d/{made['id']}")

    def mistake(self) -> ServiceError | None:
        """The error that will keep a copy from being made, as far as that can be seen without
        making one; None if nothing will."""
        query = {"fields": "mimeType,driveId,trashed,capabilities", **_SHARED}
        settings = self._settings
        for what, name, may in (
            ("template", settings.template, "canCopy"),
            ("folder", settings.folder, "canAddChildren"),
        ):
            doing = f"looking at the {what}"
            try:
                path = f"/files/{part(name)}"
                seen = self._wires.drive("get", doing, path, SEEN, query=query, again=True)
            except Refusal as refusal:
                if refusal.failure.status == 404:
                    return _refused_or_missing(refusal, settings)
                raise
            if wrong := _mistake_in(what, may, seen, bool(settings.acts_as)):
                return wrong
        return None

    def _copy_made_before(self, value: str) -> dict[str, Any] | None:
        """The oldest copy with this property."""
        has = f"{{ key='{PROPERTY}' and value='{value}' }}"
        query = {
            "q": f"appProperties has {has} and trashed = false",
            "fields": "nextPageToken,incompleteSearch,files(id,webViewLink,createdTime)",
            "includeItemsFromAllDrives": "true",
            **_SHARED,
            **self._where_to_look(),
        }
        doing = "looking for the document"
        for _ in range(_MOST_PAGES):
            answer = self._wires.drive("get", doing, "/files", FOUND, query=query, again=True)
            if answer["files"]:
                files: list[dict[str, Any]] = answer["files"]
                return min(files, key=lambda file: str(file.get("createdTime")))
            if answer["incompleteSearch"]:
                break
            if not answer["nextPageToken"]:
                return None
            query["pageToken"] = answer["nextPageToken"]
        raise ServiceError(
            "google: looking for the document failed: Google did not look everywhere",
            "nothing was copied, for it may be there: the next run looks again",
        )

    def _where_to_look(self) -> dict[str, str]:
        """The drive of the folder that copies go to, as a search names it. A folder in no shared
        drive is that of the person in whose name the account acts."""
        query = {"fields": "driveId", **_SHARED}
        doing, path = "looking at the folder", f"/files/{part(self._settings.folder)}"
        try:
            seen = self._wires.drive("get", doing, path, WHERE, query=query, again=True)
        except Refusal as refusal:
            raise _refused_or_missing(refusal, self._settings) from None
        drive = str(seen["driveId"] or "")
        return {"corpora": "drive", "driveId": drive} if drive else {"corpora": "user"}

    def _copy_of_template(self, paper: Paper, value: str) -> dict[str, Any]:
        doing, template = "copying the template", self._settings.template
        data = {
            "name": clean(paper.title)[:200],
            "parents": [self._settings.folder],
            "appProperties": {PROPERTY: value},
        }
        query = {"fields": "id,webViewLink", **_SHARED}
        try:
            path = f"/files/{part(template)}/copy"
            made: dict[str, Any] = self._wires.drive(
                "post", doing, path, COPIED, query=query, data=data
            )
        except Refusal as refusal:
            raise _refused_or_missing(refusal, self._settings) from None
        return made

    def _fill(self, document: str, paper: Paper) -> None:
        """Put the fields in the place of the placeholders. It may be done twice: they are gone
        then."""
        requests = [
            {
                "replaceAllText": {
                    "containsText": {"text": f"{{{{{name}}}}}", "matchCase": True},
                    "replaceText": _no_placeholder(paper.fields.get(name, "")),
                }
            }
            for name in FIELDS
        ]
        path, data = f"/documents/{part(document)}:batchUpdate", {"requests": requests}
        self._wires.docs("post", "filling the document", path, data=data, again=True)

    def _share(self, document: str) -> None:
        """Let everybody of the domain write in the document. It may be done twice."""
        data = {"type": "domain", "domain": self._settings.share, "role": "writer"}
        query = {"sendNotificationEmail": "false", **_SHARED}
        path = f"/files/{part(document)}/permissions"
        self._wires.drive("post", "sharing the document", path, query=query, data=data, again=True)


def _no_placeholder(text: str) -> str:
    """A stranger's words, changed so that nothing in them is a placeholder."""
    return clean(text).replace("{{", "{" + ZERO_WIDTH_SPACE + "{")


def _mistake_in(
    what: str, may: str, seen: dict[str, Any], in_a_persons_name: bool
) -> ServiceError | None:
    kind = {"template": "document", "folder": "folder"}[what]
    if not str(seen["mimeType"]).endswith(f".{kind}") or seen.get("trashed"):
        problem = f"google: `documents.{what}` is no {kind}"
        return ServiceError(problem, f"write the id that stands in the address of the {what}")
    if what == "folder" and not seen.get("driveId") and not in_a_persons_name:
        return ServiceError("google: `documents.folder` is in no shared drive", STORAGE)
    if not (seen.get("capabilities") or {}).get(may):
        return ServiceError(
            f"google: the account may not use `documents.{what}`",
            "make the account Content manager of the shared drive",
        )
    return None


def _refused_or_missing(refusal: Refusal, settings: DocumentsSettings) -> ServiceError:
    if refusal.failure.status != 404:
        return refusal
    if settings.scope == "drive.file":
        remedy = (
            "let the account itself make the template, or set `documents.scope: drive` and"
            " make it a member of that shared drive and of no other"
        )
    else:
        remedy = "check `documents.template` and `documents.folder`; the account must see both"
    return Refusal(refusal.failure, refusal.problem, remedy)
