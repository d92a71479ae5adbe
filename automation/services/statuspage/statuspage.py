"""Atlassian Statuspage, API v1: incidents, their components, planned work.

It has no key against doubles, but an incident keeps metadata that only the API shows: the reference
of its issue, and a digest of each post, written with the post itself. So what an answer that was
lost has done is found again. It takes one request a second of a key, as its description says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from automation.errors import ServiceError
from automation.http.known_secrets import Secret
from automation.http.shapes import Shape, nothing
from automation.model.maintenance import CANCELLED, IN_PROGRESS, SCHEDULED
from automation.model.status_page import Abilities, Notice, PageIncident, PageMessage, reference
from automation.policy.outside_services import StatusPageSettings
from automation.policy.policy import Service
from automation.services.page_components import Component, Missing, affected
from automation.services.statuspage import vocabulary as words
from automation.services.statuspage.rows import COMPONENTS, INCIDENT, INCIDENTS
from automation.services.wire import Wire, part

API = "https://api.statuspage.io"
APART = 1.0  # seconds between two requests
_PAGE, _MOST_PAGES = 100, 10  # rows, and pages of a list
_KEY = "set IMA_STATUSPAGE_KEY to an API key whose user may write to this page"
REMEDIES = {
    401: _KEY,
    403: _KEY,
    404: "check `status_page.page`: it is the id in the address of the page's dashboard",
    422: "Statuspage does not take what was sent; what it says is in brackets",
}
Row = Mapping[str, Any]


def statuspage_wire(key: Secret, url: str = "", **more: Any) -> Wire:
    """A connection to the API at ``url``, or to Atlassian's own. The key is asked for at the first
    request."""
    base = (url or API).rstrip("/").removesuffix("/v1") + "/v1"

    def headers() -> dict[str, str]:
        return {"Authorization": f"OAuth {key()}"}

    return Wire("Statuspage", base, headers, remedies=REMEDIES, apart=APART, **more)


class StatuspagePage:
    """One page of Statuspage. ``project`` is the path of our project."""

    can = Abilities(last_words=False, passes_on=True, drifts=True)

    def __init__(
        self, wire: Wire, page: StatusPageSettings, services: Mapping[str, Service], project: str
    ) -> None:
        self._wire, self._page, self._services = wire, page, services
        self._project = project
        self._components: tuple[Component, ...] | None = None
        self._lists: dict[str, list[Row]] = {}  # as the page shows them now

    def find(self, notice: Notice) -> PageIncident | None:
        """See `StatusPage.find`. What goes on has lists of its own, however old it is; what is over
        is found among the last hundred."""
        doing = f"looking for {notice.ref} on the page"
        names = ("upcoming", "active_maintenance") if notice.window else ("unresolved",)
        rows = [row for name in (*names, "") for row in self._listed(doing, name)]
        ours = [row for row in rows if words.reference_of(row) == self._mark(notice)]
        goes_on = next((row for row in ours if row["status"] not in words.ENDS), None)
        if (row := goes_on or next(iter(ours), None)) is None:
            return None
        post = notice.post
        said = PageMessage(post.state, post.status, post.text)
        times = words.posts_of(row).count(words.digest(notice))
        over = row["status"] in words.ENDS
        return PageIncident(str(row["id"]), row["name"] or "", notice.ref, over, (said,) * times)

    def create(self, notice: Notice) -> str:
        """Open an incident; one that is over is opened as such. Work that was called off is not
        shown."""
        if notice.post.state == CANCELLED:
            return ""
        return str(self._write(notice, None)["id"])

    def update(self, shown: str, notice: Notice) -> None:
        self._write(notice, self._row(shown, notice))

    def resolve(self, shown: str, notice: Notice) -> None:
        """Post the last words. Planned work that has not begun is taken off the page."""
        if not shown:
            return
        row = self._row(shown, notice)
        if row["status"] in words.ENDS and words.digest(notice) in words.posts_of(row):
            return  # it was opened as over
        if notice.post.state == CANCELLED and row["status"] == "scheduled":
            self._write(notice, row, status="scheduled")
            self._send("delete", f"publishing {notice.ref}", f"/incidents/{part(shown)}", nothing)
            self._lists.clear()
            return
        self._write(notice, row)

    def permalink(self, shown: str) -> str:
        """Where the policy does not say how people reach the page, the short link of Statuspage."""
        host = self._page.host.removeprefix("https://").strip("/")
        if host and shown.isalnum():
            return f"https://{host}/incidents/{shown}"
        return str((self._known(shown) or {}).get("shortlink") or "")

    def active(self) -> list[PageIncident]:
        rows = self._listed("asking what the page shows", "unresolved")
        return [
            PageIncident(
                str(row["id"]),
                row["name"] or "",
                self._issue(words.reference_of(row)[0]),
                link=self.permalink(str(row["id"])),
            )
            for row in rows
        ]

    def overall(self) -> str:
        """Statuspage makes it of the components by itself, so it says what they say."""
        return ""

    def unknown(self) -> list[Missing]:
        """The services of the policy that the page has no component for. It asks the page."""
        known = self._page_components("asking for the page's components")
        return affected(self._services, self._services, known)[1]

    def _mark(self, notice: Notice) -> tuple[str, str]:
        kind = "maintenance" if notice.window else "incident"
        return reference(self._project, notice.ref), kind

    def _issue(self, said: str) -> str:
        """The issue of a reference; "" where it is none of ours."""
        ref = f"#{said.partition('-')[0]}"
        return ref if said == reference(self._project, ref) else ""

    def _write(self, notice: Notice, row: Row | None, status: str = "") -> Row:
        """Open an incident, or post on one, in one request: words, state, levels and marks. Returns
        it as it is then."""
        doing = f"publishing {notice.ref}"
        post, posts = notice.post, words.posts_of(row or {})
        named = self._component_ids(notice, doing)
        incident: dict[str, Any] = {
            "name": notice.title[: words.LONGEST_NAME],
            "status": status or words.STATES[post.state],
            "body": post.text[: words.LONGEST_BODY],
            "deliver_notifications": bool(post.broadcast),
            "component_ids": named,
            "components": self._levels(notice, named, row, doing),
            "metadata": words.metadata(row, *self._mark(notice), [*posts, words.digest(notice)]),
        }
        if notice.window:
            incident |= _planned(notice)
        elif impact := words.IMPACTS.get(post.status):
            levels = {*incident["components"].values()}
            incident |= {"impact_override": impact} if not levels - {words.WORKS} else {}
        verb, path = ("patch", f"/incidents/{part(row['id'])}") if row else ("post", "/incidents")
        lists, self._lists = self._lists, {}  # where the answer is lost, they are asked for again
        made: Row = self._send(verb, doing, path, INCIDENT, {"incident": incident})
        self._lists = {name: _with(made, name, rows) for name, rows in lists.items()}
        return made

    def _levels(
        self, notice: Notice, named: list[str], row: Row | None, doing: str
    ) -> dict[str, str]:
        """The level of each component after this post. One that is named no more, or is over, works
        again, unless another incident that goes on names it too."""
        post = notice.post
        level = words.MAINTAINED if post.state == IN_PROGRESS else words.LEVELS.get(post.status)
        if post.final:
            level = words.WORKS
        before = [str(each["id"]) for each in (row or {}).get("components") or ()]
        if post.state == SCHEDULED:
            return {}
        levels = dict.fromkeys((id_ for id_ in before if id_ not in named), words.WORKS)
        levels |= dict.fromkeys(named, level) if level else {}
        if words.WORKS not in levels.values():
            return levels
        others = self._named_by_others(doing, row)
        return {id_: to for id_, to in levels.items() if to != words.WORKS or id_ not in others}

    def _named_by_others(self, doing: str, row: Row | None) -> set[str]:
        """The components of the incidents that go on, but of this one."""
        ours = row["id"] if row else ""
        rows = [r for r in self._listed(doing, "unresolved") if r["id"] != ours]
        return {str(each["id"]) for other in rows for each in other["components"] or ()}

    def _component_ids(self, notice: Notice, doing: str) -> list[str]:
        """The ids of the components that a post names; none, where it names none. Raises
        ServiceError."""
        if not notice.post.services:
            return []
        known = self._page_components(doing)
        found, missing = affected(notice.post.services, self._services, known)
        for each in missing:
            raise ServiceError(f"statuspage: {doing} failed: {each.problem}", each.remedy)
        return [container for _, container in found]

    def _page_components(self, doing: str) -> tuple[Component, ...]:
        """The components of the page, alone and in their groups; they are asked for once a run."""
        if self._components is None:
            self._components = _components(
                self._pages(doing, "/components", COMPONENTS, "per_page")
            )
        return self._components

    def _row(self, shown: str, notice: Notice) -> Row:
        """The incident with this id, as it is now."""
        if (row := self._known(shown)) is not None:
            return row
        made: Row = self._send(
            "get", f"publishing {notice.ref}", f"/incidents/{part(shown)}", INCIDENT
        )
        return made

    def _known(self, shown: str) -> Row | None:
        rows = (row for listed in self._lists.values() for row in listed)
        return next((row for row in rows if row["id"] == shown), None)

    def _listed(self, doing: str, name: str) -> list[Row]:
        """Incidents, the newest first: all that are "unresolved", planned work that is "upcoming"
        or goes on, or the last hundred of all (""). Each list is asked for once a run."""
        if name not in self._lists:
            path = f"/incidents/{part(name)}" if name else "/incidents"
            most = _MOST_PAGES if name else 1
            self._lists[name] = self._pages(
                doing, path, INCIDENTS, "per_page" if name else "limit", most
            )
        return self._lists[name]

    def _pages(
        self, doing: str, path: str, shape: Shape, size: str, most: int = _MOST_PAGES
    ) -> list[Row]:
        rows: list[Row] = []
        for page in range(1, most + 1):
            query = {size: _PAGE, "page": page}
            found = self._send("get", doing, path, shape, query=query)
            rows += found
            if len(found) < _PAGE:
                break
        return rows

    def _send(
        self,
        verb: str,
        doing: str,
        path: str,
        shape: Shape,
        data: Any = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        path = f"/pages/{part(self._page.page)}{path}"
        return self._wire.send(
            verb, doing, path, shape, data=data, query=query, again=verb == "get"
        )


def _planned(notice: Notice) -> dict[str, Any]:
    """The fields of planned work. Nothing of it moves by itself: IMA says when it begins and
    ends."""
    assert notice.window is not None
    by_itself = (
        "scheduled_remind_prior",
        "scheduled_auto_in_progress",
        "scheduled_auto_completed",
        "auto_transition_to_maintenance_state",
        "auto_transition_to_operational_state",
    )
    start, end = notice.window.start, notice.window.end
    times = {"scheduled_for": start, "scheduled_until": end}
    said = {name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in times.items()}
    return {**said, **dict.fromkeys(by_itself, False)}


def _with(made: Row, name: str, rows: list[Row]) -> list[Row]:
    """A list with this incident as it is now."""
    there = {
        "": True,
        "unresolved": made["status"] in ("investigating", "identified", "monitoring"),
        "upcoming": made["status"] == "scheduled",
        "active_maintenance": made["status"] in ("in_progress", "verifying"),
    }[name]
    rest = [row for row in rows if row["id"] != made["id"]]
    return [made, *rest] if there else rest


def _components(rows: list[Row]) -> tuple[Component, ...]:
    """Each group with its components, and each component by itself."""
    groups = [row for row in rows if row["group"]]
    single = [row for row in rows if not row["group"]]
    grouped = [
        Component(
            str(group["id"]),
            str(group["name"]),
            tuple((str(r["name"]), str(r["id"])) for r in single if r["group_id"] == group["id"]),
        )
        for group in groups
    ]
    alone = [
        Component(str(r["id"]), str(r["name"]), ((str(r["name"]), str(r["id"])),)) for r in single
    ]
    return (*alone, *grouped)
