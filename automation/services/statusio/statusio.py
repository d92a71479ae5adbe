"""status.io, API v2: the page's incidents, written over a small client of our own.

It has no key against doubles, so what is there is looked for first. It cannot rename an incident
or change what it affects. Success is a status of 2xx *and* ``status.error: "no"``. It wants one
request at a time, a second after the last one's end (its knowledge base, "API best practices"), so
a run lists the incidents once, and remembers what it has posted since.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from automation.errors import ServiceError
from automation.http.answers import as_said
from automation.http.known_secrets import Secret
from automation.http.shapes import Shape, anything, maybe, name, nothing, record
from automation.model.status_page import Abilities, Notice, PageIncident
from automation.policy.outside_services import StatusPageSettings
from automation.policy.policy import Service
from automation.services.page_components import Component, Missing, affected, everything
from automation.services.statusio import vocabulary as words
from automation.services.statusio.maintenance import PlannedWork
from automation.services.statusio.rows import COMPONENTS, LISTED, SUMMARY
from automation.services.wire import Wire, part

API = "https://api.status.io"
APART = 1.0  # seconds between two requests
_KEYS = "set IMA_STATUSIO_ID and IMA_STATUSIO_KEY to a valid API id and its key"
_PAGE = "check `status_page.page`: it is the id in the address of the page's dashboard"
REMEDIES = {401: _KEYS, 403: f"{_KEYS}, one that may write to this page", 404: _PAGE}


def statusio_wire(id_: Secret, key: Secret, url: str = "", **more: Any) -> Wire:
    """A connection to the API at ``url``, or to status.io's own. Both secrets are asked for at the
    first request."""
    base = (url or API).rstrip("/").removesuffix("/v2") + "/v2"

    def headers() -> dict[str, str]:
        return {"x-api-id": id_(), "x-api-key": key()}

    return Wire("status.io", base, headers, remedies=REMEDIES, apart=APART, **more)


class StatusIoPage:
    """One page of status.io. ``project`` is the path of our project, ``tracker`` the address of its
    forge."""

    can = Abilities(
        rename=False,
        parts=False,
        levels=False,
        last_words=False,
        reschedules=False,
        passes_on=True,
        drifts=True,
    )

    def __init__(
        self,
        wire: Wire,
        page: StatusPageSettings,
        services: Mapping[str, Service],
        project: str,
        tracker: str = "",
    ) -> None:
        self._wire, self._page, self._services = wire, page, services
        self._project, self._tracker = project, tracker
        self._work = PlannedWork(self._result, page.page)
        self._components: tuple[Component, ...] | None = None
        self._incidents: list[PageIncident] | None = None  # as the page shows them now

    def find(self, notice: Notice) -> PageIncident | None:
        """See `StatusPage.find`. Planned work has a list of its own."""
        if notice.window:
            return self._work.find(notice)
        mark = re.compile(re.escape(notice.mark) + r"(?!\w)")
        ours = [
            each
            for each in self._listed_incidents(f"looking for {notice.ref} on the page")
            if each.ref == notice.ref or any(mark.search(said.text) for said in each.said)
        ]
        return next((each for each in ours if not each.over), ours[-1] if ours else None)

    def create(self, notice: Notice) -> str:
        doing = f"publishing {notice.ref}"
        if notice.window:
            return self._work.create(notice, self._infrastructure_ids(notice, doing))
        data = {
            "infrastructure_affected": self._infrastructure_ids(notice, doing),
            "all_infrastructure_affected": "0" if notice.post.services else "1",
            "incident_name": notice.title,
            **self._message(notice),
        }
        made: str = self._posted(doing, "/incident/create", name, data)
        self._remember(PageIncident(made, notice.title, notice.ref), notice)
        return made

    def update(self, shown: str, notice: Notice) -> None:
        if notice.window:
            self._work.update(shown, notice)
            return
        data = {"incident_id": shown, **self._message(notice)}
        self._posted(f"publishing {notice.ref}", "/incident/update", nothing, data)
        self._remember(self._known(shown), notice)

    def resolve(self, shown: str, notice: Notice) -> None:
        if notice.window:
            self._work.resolve(shown, notice)
            return
        data = {"incident_id": shown, **self._message(notice)}
        self._posted(f"ending {notice.ref} on the page", "/incident/resolve", nothing, data)
        self._remember(replace(self._known(shown), over=True), notice)

    def permalink(self, shown: str) -> str:
        host = self._page.host.removeprefix("https://").strip("/")
        known = host and re.fullmatch(r"[0-9a-zA-Z]+", shown)
        kind = "maintenance" if shown in self._work.ids else "incident"
        return f"https://{host}/pages/{kind}/{self._page.page}/{shown}" if known else ""

    def active(self) -> list[PageIncident]:
        listed = self._listed_incidents("asking what the page shows")
        return [replace(each, link=self.permalink(each.id)) for each in listed if not each.over]

    def overall(self) -> str:
        doing = "asking what the page shows"
        answer = self._result("get", doing, f"/status/summary/{part(self._page.page)}", SUMMARY)
        return words.status_of(answer["status_overall"]["status_code"])

    def unknown(self) -> list[Missing]:
        """The services of the policy that the page has no component for. It asks the page."""
        known = self._page_components("asking for the page's components")
        return affected(self._services, self._services, known)[1]

    def _message(self, notice: Notice) -> dict[str, Any]:
        """The fields that a new incident, an update and an end have in common."""
        return {
            "statuspage_id": self._page.page,
            "incident_details": words.details(notice),
            **words.levels(notice),
            **words.flags(notice.post.broadcast),
            "message_subject": words.SUBJECT,
        }

    def _infrastructure_ids(self, notice: Notice, doing: str) -> list[str]:
        """The ids of the components that a post names; of all, where it names none. Raises
        ServiceError."""
        known = self._page_components(doing)
        if not notice.post.services:
            return [f"{one}-{other}" for one, other in everything(known)]
        found, missing = affected(notice.post.services, self._services, known)
        for each in missing:
            raise ServiceError(f"status.io: {doing} failed: {each.problem}", each.remedy)
        return [f"{one}-{other}" for one, other in found]

    def _page_components(self, doing: str) -> tuple[Component, ...]:
        """The components of the page; they are asked for once a run."""
        if self._components is None:
            rows = self._result(
                "get", doing, f"/component/list/{part(self._page.page)}", COMPONENTS
            )
            self._components = tuple(_component(row) for row in rows)
        return self._components

    def _listed_incidents(self, doing: str) -> list[PageIncident]:
        """Every incident that the page lists, the oldest first within active and within resolved
        ones. They are asked for once a run."""
        if self._incidents is None:
            self._incidents = self._asked_incidents(doing)
        return self._incidents

    def _asked_incidents(self, doing: str) -> list[PageIncident]:
        answer = self._result("get", doing, f"/incident/list/{part(self._page.page)}", LISTED)
        kinds = (("active_incidents", False), ("resolved_incidents", True))
        return [
            words.shown(row, over, self._project, self._tracker)
            for key, over in kinds
            for row in sorted(answer[key], key=lambda row: row["datetime_open"] or "")
        ]

    def _posted(self, doing: str, path: str, shape: Shape, data: Any) -> Any:
        """The result of a post. Where it is not known whether it was made, the page is read again
        before anything else is."""
        before, self._incidents = self._incidents, None
        result = self._result("post", doing, path, shape, data)
        self._incidents = before
        return result

    def _known(self, shown: str) -> PageIncident:
        listed = self._incidents or ()
        return next((each for each in listed if each.id == shown), PageIncident(shown))

    def _remember(self, incident: PageIncident, notice: Notice) -> None:
        """Keep the incident as it is on the page after this post."""
        if self._incidents is not None:
            said = (*incident.said, words.message(notice))
            rest = [each for each in self._incidents if each.id != incident.id]
            self._incidents = [*rest, replace(incident, said=said)]

    def _result(self, verb: str, doing: str, path: str, shape: Shape, data: Any = None) -> Any:
        """The ``result`` of an answer, read by its ``shape``. Raises ServiceError where the answer
        says that the request failed."""
        answer = self._wire.send(verb, doing, path, anything, data=data, again=verb == "get")
        status = answer.get("status") if isinstance(answer, dict) else None
        if not isinstance(status, dict) or status.get("error") not in ("yes", "no"):
            raise _foreign_answer(doing)
        if status["error"] == "yes":
            said = as_said(str(status.get("message") or "it does not say why"))
            problem = f"status.io: {doing} failed: it was refused ({said})"
            raise ServiceError(problem, f"{_KEYS}, and {_PAGE}; `ima doctor` asks for both")
        whole = record(result=maybe(shape) if shape is nothing else shape)
        return self._wire.shaped(doing, answer, whole, writes=verb != "get")["result"]


def _component(row: Mapping[str, Any]) -> Component:
    """Names and ids only: the row also holds a secret of the component (``hook_key``)."""
    held = tuple((str(c["name"]), str(c["_id"])) for c in row.get("containers") or ())
    return Component(str(row["_id"]), str(row["name"]), held)


def _foreign_answer(doing: str) -> ServiceError:
    return ServiceError(
        f"status.io: {doing} failed: the answer is none of status.io's",
        "check its address: `status_page.url` of the policy, or IMA_STATUSIO_URL",
    )
