"""Sites as customers may find them: for the tests in a browser and for the gallery."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from automation.model.incident import Fact, Incident
from automation.model.maintenance import Maintenance, Window, window_fact
from automation.model.publicity import post_name
from automation.policy.outside_services import SiteSettings
from automation.policy.policy import Service
from automation.site.pages import MANIFEST, site_files
from automation.site.site import SHOWN_FOR, AboutSite, Site, site_of_incidents
from automation.workspace.folder import write_folder
from automation.writing.templates import Templates
from tests.build import START, a_fact, an_incident, at
from tests.worlds import shipped

INVESTIGATING, IDENTIFIED = "Investigating", "Identified"
DEGRADED, PARTIAL, DOWN = "Degraded Performance", "Partial Service Disruption", "Service Disruption"
MONITORING, RESOLVED, FINE = "Monitoring", "Resolved", "Operational"
DAY = 60 * 24  # minutes
ADDRESS = "https://status.acme.example/"
NAMES = (
    "Website",
    "Checkout and payments API for merchants in Europe",
    "Git over SSH",
    "Pages",
    "Container registry",
    "Search",
    "Mail",
    "Webhooks",
    "Einstellungen und Benachrichtigungen",
    "تسجيل الدخول",
    "Billing",
    "CI/CD",
)
SERVICES = {f"s{n}": Service(name=f"s{n}", component=name) for n, name in enumerate(NAMES)}
FEW = {name: SERVICES[name] for name in ("s0", "s2", "s4", "s5")}
LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    b'<circle cx="16" cy="16" r="15" fill="#7a1fa2"/>'
    b'<path d="M9 23L16 8l7 15" fill="none" stroke="#fff" stroke-width="3"/></svg>'
)


@cache
def shipped_templates() -> Templates:
    return Templates(shipped().templates)


def a_post(
    minutes: float,
    state: str,
    status: str,
    *services: str,
    text: str = "We are on it.",
    **rest: Any,
) -> Fact:
    return a_fact(
        "published", minutes, what=post_name(1, state, status, services), text=text, **rest
    )


def public(number: int, *facts: Fact, **rest: Any) -> Incident:
    return an_incident(ref=f"#{number}", facts=facts, **rest)


def work(number: int, *posts: tuple[float, str], text: str = "We move it.") -> Incident:
    """Planned work on the API from 13:00 to 14:00, and what was published of it."""
    window = Window(at(60), at(120), ("api",))
    facts = [
        a_post(minutes, state, "Maintenance" if state == "In progress" else FINE, "api", text=text)
        for minutes, state in posts
    ]
    said = Maintenance(window, window_fact(window, START, "cara", "x"))
    return an_incident(ref=f"#{number}", facts=tuple(facts), maintenance=said)


def _over(number: int, start: float, minutes: float, status: str, *services: str) -> Incident:
    return public(
        number,
        a_post(start, INVESTIGATING, status, *services, text="We are looking into errors."),
        a_post(start + minutes / 2, MONITORING, FINE, *services, text="A fix is out."),
        a_post(start + minutes, RESOLVED, FINE, *services, text="It is over. We are sorry."),
    )


PAST = (
    _over(2, -DAY * 3, 43, DOWN, "s1", "s2"),
    _over(3, -DAY * 20, 300, PARTIAL, "s0"),
    _over(4, -DAY * 45, 70, DEGRADED, "s5"),
    _over(5, -DAY * 5 - 30, 90, DEGRADED, "s4"),
    _over(6, -DAY * 80, 2 * DAY, DOWN, "s6"),
)
_NOW_DOWN = public(
    7,
    a_post(3, INVESTIGATING, DOWN, "s0", "s2", text="Most requests fail. We are on it.\n"
           "Next update in 30 minutes."),
    a_post(20, IDENTIFIED, DOWN, "s0", "s2", text="A deploy at 11:55 broke the connection pool. "
           "We roll it back."),
)  # fmt: skip
_LONG = "Engineers have found the reason and bring the databases back one by one. " * 3
_TWENTY = public(
    8,
    *(
        a_post(3 * n, INVESTIGATING if n < 5 else IDENTIFIED, DOWN, "s1", text=f"{n}: {_LONG}")
        for n in range(20)
    ),
)
_WORDS = public(
    9,
    a_post(3, INVESTIGATING, PARTIAL, "s8", text="Die Geschwindigkeitsbegrenzungsinfrastruktur "
           "ist überlastet; Anmeldungen können scheitern."),
    a_post(9, IDENTIFIED, PARTIAL, "s8", text="نعمل على إصلاح المشكلة. تحديث خلال 30 دقيقة."),
)  # fmt: skip
_HOSTILE = public(
    10,
    a_post(3, INVESTIGATING, DOWN, "s0", text="<img src=https://evil.example/x onerror=alert(1)>"
           "<script src=https://evil.example/x.js></script> url(https://evil.example/y)"),
)  # fmt: skip


def _work(number: int, start: float, *posts: tuple[float, str]) -> Incident:
    """Two hours of planned work on the registry."""
    window = Window(at(start), at(start + 120), ("s4",))
    words = "The registry moves to faster disks; images can be pulled, not pushed."
    facts = [
        a_post(minutes, state, "Maintenance" if state == "In progress" else FINE, "s4", text=words)
        for minutes, state in posts
    ]
    said = Maintenance(window, window_fact(window, START, "cara", "x"))
    return an_incident(ref=f"#{number}", facts=tuple(facts), maintenance=said)


def _site(
    *incidents: Incident,
    services: Mapping[str, Service] = SERVICES,
    days: int = 200,
    title: str = "Acme status",
    look: SiteSettings | None = None,
) -> Site:
    """The site at 13:00; ``days``: for how long this project has been kept."""
    since = START - timedelta(days=days)
    settings = look or SiteSettings()
    about = AboutSite(title, ADDRESS, "acme/production", at(60), since, SHOWN_FOR, settings)
    return site_of_incidents(incidents, services, about)


def sample_sites() -> dict[str, Site]:
    brand = SiteSettings(
        logo="logo.svg", home="https://acme.example/", accent="7a1fa2", accent_dark="e0a8ff"
    )
    return {
        "quiet": _site(*PAST, services=FEW),
        "down": _site(*PAST, _NOW_DOWN, services=FEW),
        "twelve services": _site(*PAST, _NOW_DOWN),
        "twenty updates": _site(*PAST, _TWENTY),
        "words": _site(*PAST, _WORDS, title="حالة أكمي", look=brand),
        "maintenance": _site(
            *PAST,
            _work(11, 30, (-DAY, "Scheduled"), (30, "In progress")),
            _work(12, DAY * 5, (10, "Scheduled")),
            services=FEW,
        ),
        "right to left": _site(
            *PAST, _WORDS, title="حالة أكمي", look=SiteSettings(lang="ar", logo="logo.svg")
        ),
        "young": _site(_over(2, -DAY * 3, 43, DOWN, "s2"), services=FEW, days=12),
        "no services": _site(services={}),
        "hostile": _site(_HOSTILE, services=FEW),
    }


def write_site(site: Site, folder: Path) -> Path:
    write_folder(folder, site_files(site, shipped_templates(), LOGO), MANIFEST)
    return folder
