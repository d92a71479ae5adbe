"""The public status site: what is on it, what never is, and that everybody can read it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.history.fold import fold
from automation.model.incident import Fact, Incident
from automation.model.issue import Comment
from automation.policy.outside_services import DARK_PAGE
from automation.policy.policy import Service
from automation.site.pages import site_files
from automation.site.site import LONGEST, SHOWN_FOR, AboutSite, Site, site_of_incidents
from automation.stored_state.card import CardText, encode
from automation.times.durations import Duration
from automation.workspace.template_check import check_templates
from automation.writing.templates import Templates
from tests.build import (
    ME,
    START,
    a_context,
    a_fact,
    an_incident,
    an_issue,
    at,
    labelled,
    policy,
    says,
)
from tests.pages import (
    ATOM,
    Element,
    ParseError,
    colours,
    contrast,
    feed_mistakes,
    mistakes,
    read,
    said,
)
from tests.site.sample_sites import (
    DEGRADED,
    DOWN,
    FINE,
    IDENTIFIED,
    INVESTIGATING,
    MONITORING,
    PARTIAL,
    RESOLVED,
    a_post,
    public,
    shipped_templates,
)
from tests.worlds import shipped

SERVICES = {
    name: Service(name=name, component=component)
    for name, component in (
        ("web", "Web"), ("api", "API"), ("git", "Git"), ("pages", "Pages"), ("registry", "Registry")
    )
}  # fmt: skip


def made(*incidents: Incident, address: str = "", now: float = 60, since: datetime = START) -> Site:
    about = AboutSite("Acme status", address, "acme/production", at(now), since, SHOWN_FOR)
    return site_of_incidents(incidents, SERVICES, about)


def written(*incidents: Incident, **rest: Any) -> dict[str, str]:
    return {
        name: text if isinstance(text, str) else text.decode()
        for name, text in site_files(made(*incidents, **rest), shipped_templates()).items()
    }


def main(text: str) -> Element:
    """What is between header and footer of a page."""
    (found,) = read(text).findall("body/main")
    return found


def down(number: int = 1, *, since: float = 0) -> Incident:
    return public(number, a_post(since, INVESTIGATING, DOWN, "web", "api"))


def over(number: int = 2, *, since: float = 10) -> Incident:
    facts = (
        a_post(since, INVESTIGATING, PARTIAL, "git", text="Pushes hang."),
        a_post(since + 5, MONITORING, FINE, "git", text="Pushes work."),
        a_post(since + 20, RESOLVED, FINE, "git", text="It is over."),
    )
    return public(number, *facts)


# What is on it


@pytest.mark.parametrize(
    ("incidents", "banner", "services"),
    [
        pytest.param([], FINE, {}, id="nothing was published"),
        pytest.param([over()], FINE, {}, id="what is over weighs nothing"),
        pytest.param([down()], DOWN, {"Web": DOWN, "API": DOWN}, id="by name of the component"),
        pytest.param(
            [public(1, a_post(0, INVESTIGATING, DEGRADED))], DEGRADED, {}, id="no service is named"
        ),
        pytest.param(
            [
                public(1, a_post(0, INVESTIGATING, DEGRADED, "web")),
                public(2, a_post(9, INVESTIGATING, PARTIAL, "web", "git")),
            ],
            PARTIAL,
            {"Web": PARTIAL, "Git": PARTIAL},
            id="the gravest of two incidents",
        ),
        pytest.param(
            [public(1, a_post(0, INVESTIGATING, DOWN, "web"), a_post(9, IDENTIFIED, FINE, "web"))],
            FINE,
            {},
            id="the last post counts, and no earlier one",
        ),
        pytest.param(
            [public(1, a_post(0, INVESTIGATING, DOWN, "web"), a_post(9, IDENTIFIED, DOWN, "api"))],
            DOWN,
            {"API": DOWN},
            id="a service that is no longer named is well",
        ),
        pytest.param(
            [replace(over(), facts=(*over().facts, a_post(50, INVESTIGATING, DOWN, "git")))],
            DOWN,
            {"Git": DOWN},
            id="reopened",
        ),
        pytest.param(
            [public(1, a_post(0, INVESTIGATING, "Security Issue", "web"), confidential=True)],
            "Security Issue",
            {"Web": "Security Issue"},
            id="what security published, it published",
        ),
        pytest.param(
            [public(1, a_post(0, INVESTIGATING, DOWN, "web", done=False))],
            FINE,
            {},
            id="what is about to be published is not published",
        ),
        pytest.param(
            [an_incident(severity="S1", status=DOWN, services=("web",))],
            FINE,
            {},
            id="a status that nobody published",
        ),
    ],
)
def test_how_it_is_now(incidents: list[Incident], banner: str, services: dict[str, str]) -> None:
    shown = made(*incidents)
    names = ("Web", "API", "Git", "Pages", "Registry")
    assert shown.status == banner
    assert shown.services == tuple((name, services.get(name, FINE)) for name in names)


@pytest.mark.parametrize(
    ("facts", "title"),
    [
        pytest.param(
            [a_post(0, INVESTIGATING, DOWN, "api", "web")], f"{DOWN}: Web, API", id="both"
        ),
        pytest.param([a_post(0, INVESTIGATING, PARTIAL)], PARTIAL, id="no service"),
        pytest.param([a_post(0, INVESTIGATING, FINE, "git")], "Incident: Git", id="no status"),
        pytest.param(
            [
                a_post(0, INVESTIGATING, DEGRADED, "web"),
                a_post(1, IDENTIFIED, DOWN, "git"),
                a_post(2, RESOLVED, FINE),
            ],
            f"{DOWN}: Web, Git",
            id="the gravest of all posts, the services of all posts",
        ),
        pytest.param(
            [a_post(0, INVESTIGATING, DOWN, "gone", "web")],
            f"{DOWN}: Web, gone",
            id="renamed since",
        ),
    ],
)
def test_a_title_is_made_from_the_posts(facts: list[Fact], title: str) -> None:
    (incident,) = made(public(1, *facts)).incidents
    assert incident.title == title


def test_the_newest_comes_first_everywhere() -> None:
    shown = made(down(1), over(2), down(3, since=30))
    assert [each.number for each in shown.incidents] == [3, 2, 1]
    assert [update.state for update in shown.incidents[1].updates] == [
        RESOLVED, MONITORING, INVESTIGATING,
    ]  # fmt: skip
    assert [each.number for each in shown.active] == [3, 1]


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        pytest.param(Duration(31, "m"), [1, 2], id="a minute longer"),
        pytest.param(Duration(30, "m"), [1, 2], id="just so long"),
        pytest.param(Duration(29, "m"), [1], id="what is over goes, what is active stays"),
    ],
)
def test_what_is_over_is_shown_so_long(kept: Duration, shown: list[int]) -> None:
    about = replace(made().about, kept=kept)
    found = site_of_incidents([down(1), over(2)], {}, about).incidents
    assert sorted(each.number for each in found) == shown


API = ("summary", "status", "components", "incidents", "incidents/unresolved",
       *(f"scheduled-maintenances{end}" for end in ("", "/upcoming", "/active")))  # fmt: skip
FIXED = {
    *("index.html", "history.html", "subscribe.html", "feed.xml", "maintenance.ics"),
    *("status.json", *(f"api/v2/{name}.json" for name in API)),
    *(f"services/{name}.{kind}" for name in SERVICES for kind in ("html", "xml", "ics", "json")),
}


def test_the_pages_and_their_names() -> None:
    assert set(written()) == FIXED
    assert set(written(down(7), over(42), an_incident(ref="#9"))) == FIXED | {
        "incidents/7.html", "incidents/42.html", "history/2026-03.html",
    }  # fmt: skip


def test_the_front_page_says_first_what_is_down_and_since_when() -> None:
    made = written(down(), over())
    page = read(made["index.html"])
    assert page.findtext("head/title") == f"{DOWN} - Acme status"
    text = said(main(made["index.html"]))
    assert text.startswith(f"{DOWN} Web, API Since 2 March 2026, 12:00 UTC Active incidents")
    assert (
        "Web, API Investigating, Service Disruption We are on it. 2 March 2026, 12:00 UTC" in text
    )
    assert "Web Service Disruption Since 2 March 2026, 12:00 UTC" in text
    assert "Git Operational" in text
    assert "Pushes" not in text, "what is over stands with its day, without its words"
    quiet = said(main(written(over())["index.html"]))
    assert quiet.startswith("All services are operational Services Web Operational")


def test_the_front_page_begins_with_the_gravest() -> None:
    watched = public(
        2, a_post(0, INVESTIGATING, PARTIAL, "git"), a_post(9, MONITORING, FINE, "git")
    )
    slow = public(3, a_post(40, INVESTIGATING, DEGRADED, "pages"))
    text = said(main(written(watched, slow, down(1, since=20))["index.html"]))
    assert text.startswith(
        f"{DOWN} Web, API Since 2 March 2026, 12:20 UTC"
        f" Pages Since 2 March 2026, 12:40 UTC. Now: {DEGRADED}"
        " Git Since 2 March 2026, 12:00 UTC. Now: Monitoring"
    )
    many = [public(n, a_post(n, INVESTIGATING, DEGRADED, "web")) for n in range(1, 41)]
    top = said(main(written(*many)["index.html"])).partition(" Active incidents")[0]
    assert top.count("Web Since") == 5
    assert top.endswith("and 35 more")


def test_a_site_without_services_says_so_calmly() -> None:
    about = replace(made().about)
    for incidents, banner in ([], "No incident is known"), ([down()], DOWN):
        site = site_of_incidents(incidents, {}, about)
        text = said(main(str(site_files(site, shipped_templates())["index.html"])))
        assert text.startswith(banner)
        assert "This page names no single services." in text


def test_the_last_days_stand_on_the_front_page_also_after_the_end() -> None:
    day = 60 * 24
    long = public(
        3,
        a_post(-day * 20, INVESTIGATING, DEGRADED, "web"),
        a_post(-day * 2, RESOLVED, FINE, "web"),
    )
    gone = over(4, since=-day * 30)
    page = main(written(over(), long, gone, since=START - timedelta(days=60))["index.html"])
    (section,) = (each for each in page.iter("section") if each.get("aria-labelledby") == "days")
    assert [said(each) for each in section.iter("h3")] == [
        "2 March 2026", "11 February to 1 March 2026", "10 February 2026",
    ]  # fmt: skip
    text = said(section)
    assert "Git 2 March 2026, 12:10 UTC to 12:30 UTC (20 min). Resolved" in text
    assert "10 February 2026, 12:00 UTC to 28 February 2026, 12:00 UTC (18 days). Resolved" in text


def test_of_the_days_before_it_was_kept_the_front_page_says_nothing() -> None:
    page = main(written(now=60 * 24 * 2)["index.html"])
    (section,) = (each for each in page.iter("section") if each.get("aria-labelledby") == "days")
    assert [said(each) for each in section.iter("h3")] == ["2 to 4 March 2026"]


def test_the_history_goes_by_month() -> None:
    made = written(down(1, since=-60 * 24 * 3), over(2), down(3))
    page = main(made["history.html"])
    titles = ["March 2026", "February 2026"]
    assert [said(each) for each in page.iter("h2")] == [*titles, "All months"]
    assert [len(each.findall("li")) for each in page.findall("ul")] == [2, 1]
    assert "12:10 UTC to 12:30 UTC (20 min). Resolved" in said(page)
    assert "more than 90 days ago" in said(page)
    assert "No incidents." in written()["history.html"]
    month = main(made["history/2026-02.html"])
    assert (said(month.findall("h1")[0]), len(list(month.iter("li")))) == ("February 2026", 1)


def test_what_is_much_is_paged_and_no_page_is_large() -> None:
    names = {f"s{n}": Service(name=f"s{n}", component=f"Service {n}") for n in range(12)}
    many = [over(n, since=-60 * 24 * 24 + 500 * (n - 3)) for n in range(3, 53)]
    hostile = [
        a_post(n, INVESTIGATING, DOWN, *names, text='"&' * LONGEST if n % 2 else "x\n" * LONGEST)
        for n in range(20)
    ]
    jagged = [  # no day is like the one before
        public(n, *(a_post(2880 * (n - 98) + 9 * k, state, status, *names) for k, (state, status) in
                    enumerate(((INVESTIGATING, DOWN), (RESOLVED, FINE)))))
        for n in range(54, 98)
    ]  # fmt: skip
    active = [public(1, *hostile), public(2, *hostile)]
    about = replace(made().about, since=START - timedelta(days=200))
    site = site_of_incidents([*many, *jagged, *active], names, about)
    files = {name: str(text) for name, text in site_files(site, shipped_templates()).items()}
    pages = [name for name in files if name.endswith(".html")]
    assert {name: size for name in pages if (size := len(files[name].encode())) > 30_000} == {}
    whole = [name for name in pages if re.match(r"incidents/1[.-]", name)]
    assert sum(files[name].count("<strong>Investigating</strong>") for name in whole) == 20 + len(
        whole
    ), "each update once, and what it is now on top of each page"
    months = [name for name in pages if name.startswith("history/")]
    assert len(months) > 2, "a month has several pages"
    listed = re.findall(r'href="../incidents/(\d+)', "".join(files[name] for name in months))
    assert sorted(map(int, listed)) == [*range(1, 53), *range(54, 98)]
    few = [
        "index.html",
        "history.html",
        "services/service-0.html",
        months[0],
        months[-1],
        whole[-1],
    ]
    assert [name for name in few if mistakes(name, files)] == []


def test_each_incident_has_a_page_with_all_its_updates() -> None:
    text = said(read(written(over())["incidents/2.html"]))
    assert text.index("It is over.") < text.index("Pushes work.") < text.index("Pushes hang.")
    assert "Partial Service Disruption: Git" in text


def site_with(*components: str, **keys: Any) -> Site:
    names = {
        f"inner{n}": Service(name=f"inner{n}", component=name, **keys)
        for n, name in enumerate(components)
    }
    return site_of_incidents([], names, replace(made().about, since=START - timedelta(days=9)))


def test_files_of_services_are_called_by_their_public_names() -> None:
    names = ("API", "Git over SSH", "git/over+ssh", "تسجيل الدخول", "../../etc", "---", "API")
    site = site_with(*names)
    slugs = [each.slug for each in site.records]
    assert slugs[:3] == ["api", "git-over-ssh", "git-over-ssh--2"]
    assert len(set(slugs)) == len(slugs) == len(names) - 1, "one component, one page"
    assert all(re.fullmatch(r"[a-z0-9-]+", slug) for slug in slugs)
    files = {name: str(text) for name, text in site_files(site, shipped_templates()).items()}
    assert [name for name, text in files.items() if "inner" in name + text] == []


def test_of_the_days_before_a_service_began_nothing_is_claimed() -> None:
    (record,) = site_with("New", since=date(2026, 3, 1)).records
    assert [each.status for each in record.days[-3:]] == ["", FINE, FINE]
    (older,) = site_with("Old").records
    assert [each.status for each in older.days[-11:]] == ["", *[FINE] * 10]
    data = json.loads(str(site_files(site_with("New", since=date(2026, 3, 1)),
                                     shipped_templates())["api/v2/components.json"]))  # fmt: skip
    assert data["components"][0]["start_date"] == "2026-03-01"


@pytest.mark.parametrize("name", ["<script>x</script>", '"></title><b>', "a\x00\u202eb & c"])
def test_no_name_of_a_service_breaks_out(name: str) -> None:
    files = {
        name: str(text) for name, text in site_files(site_with(name), shipped_templates()).items()
    }
    pages = [name for name in files if name.endswith(".html")]
    assert {name: found for name in pages if (found := mistakes(name, files))} == {}
    assert feed_mistakes(next(text for name, text in files.items() if name.endswith("xml"))) == []


# The feed and the JSON


def test_the_feed() -> None:
    made = written(down(1), over(2), address="https://status.example/")
    assert feed_mistakes(made["feed.xml"]) == []
    feed = ElementTree.fromstring(made["feed.xml"])
    assert feed.findtext(f"{ATOM}updated") == "2026-03-02T12:30:00Z"
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    assert titles == ["Resolved: Partial Service Disruption: Git", f"{DOWN}: Web, API"]
    links = [link.get("href") for link in feed.iter(f"{ATOM}link")]
    assert links == [
        "https://status.example/feed.xml",
        "https://status.example/index.html",
        "https://status.example/incidents/2.html",
        "https://status.example/incidents/1.html",
    ]
    assert feed_mistakes(written()["feed.xml"]) == [], "an empty one, too"


def test_a_feed_reader_sees_the_same_entry_again() -> None:
    def ids(text: str) -> list[str | None]:
        return [each.text for each in ElementTree.fromstring(text).iter(f"{ATOM}id")]

    more = replace(down(1), facts=(*down(1).facts, a_post(9, RESOLVED, FINE)))
    before, after = written(down(1))["feed.xml"], written(more, now=99)["feed.xml"]
    assert ids(before) == ids(after)
    assert len(set(ids(before))) == 2
    urn = r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"
    assert all(re.fullmatch(urn, each or "") for each in ids(before))


def test_the_json() -> None:
    monitored = replace(down(1), facts=(*down(1).facts, a_post(9, MONITORING, DEGRADED, "web")))
    data = json.loads(written(monitored, over(2), address="https://status.example/")["status.json"])
    assert data["page"]["name"] == "Acme status"
    assert data["page"]["updated_at"] == "2026-03-02T13:00:00.000Z"
    assert data["status"] == {"indicator": "minor", "description": DEGRADED}
    assert [each["status"] for each in data["components"]] == [
        "degraded_performance", *["operational"] * 4,
    ]  # fmt: skip
    (incident,) = data["incidents"]
    assert incident["name"] == f"{DOWN}: Web, API"
    assert (incident["id"], incident["status"], incident["impact"]) == (
        "1",
        "monitoring",
        "critical",
    )
    assert incident["shortlink"] == "https://status.example/incidents/1.html"
    assert incident["monitoring_at"] == "2026-03-02T12:09:00.000Z"
    assert [each["status"] for each in incident["incident_updates"]] == [
        "monitoring", "investigating",
    ]  # fmt: skip
    assert [each["id"] for each in incident["incident_updates"]] == ["1-2", "1-1"]
    quiet = json.loads(written()["status.json"])
    assert quiet["status"] == {"indicator": "none", "description": "All Systems Operational"}


def test_only_the_time_of_making_changes_with_the_clock() -> None:
    """So a server that compares files, or their digests, sends again only what is new."""
    since = START - timedelta(days=100)
    early, late = (written(over(), now=now, since=since) for now in (60, 61))
    changed = {name for name in early if early[name] != late[name]}
    assert changed == {"index.html", "status.json"}
    for name in changed:
        one, other = early[name].splitlines(), late[name].splitlines()
        assert sum(a != b for a, b in zip(one, other, strict=True)) == 1, name


# That everybody can read it

SITES = {
    "nothing": (),
    "active": (down(),),
    "over": (over(),),
    "several months": (down(1), over(2, since=-60 * 24 * 40), down(3, since=30)),
    "without services": (public(1, a_post(0, INVESTIGATING, DOWN, text="")),),
}


@pytest.mark.parametrize("incidents", SITES.values(), ids=SITES)
def test_pages_are_right_for_browsers_and_screen_readers(incidents: Iterable[Incident]) -> None:
    made = written(*incidents)
    pages = [name for name in made if name.endswith(".html")]
    assert {name: found for name in pages if (found := mistakes(name, made))} == {}


@pytest.mark.parametrize("look", ["light", "dark"])
def test_colours_have_contrast(look: str) -> None:
    """Texts on what lies behind them (WCAG 2.2, 1.4.3), pictures on the page (1.4.11)."""
    style = re.findall(r"<style>(.*?)</style>", written()["index.html"], re.DOTALL)[0]
    chosen = colours(style)[look]
    assert {"text", "soft", "link", "ok", "warn", "part", "bad", "work", "none"} <= set(chosen)
    assert chosen["page"].removeprefix("#") in ("fff", DARK_PAGE), "what the policy is checked by"
    texts = set(chosen) - {"page", "panel", "line", "none"}
    ratios = {
        (name, behind): contrast(chosen[name], chosen[behind])
        for name in texts
        for behind in ("page", "panel")
    }
    assert {name: ratio for name, ratio in ratios.items() if ratio < 4.5} == {}
    assert contrast(chosen["none"], chosen["page"]) >= 3


def test_nothing_is_fetched_from_anywhere() -> None:
    made = written(down(), over(), address="https://status.example/")
    for name, text in made.items():
        addresses = set(re.findall(r"https?://[^\s\"'<>]+", text))
        assert all("://status.example/" in each or "://www.w3.org/" in each for each in addresses)
        assert "url(" not in text, name
        assert "@import" not in text, name
        if name.endswith(".html"):
            assert "default-src 'none'" in text


# What never is

TAG = "Zq7"
hidden = st.text(st.characters(categories=["L", "N"]), min_size=3, max_size=12).map(TAG.__add__)


@pytest.mark.property
@given(
    secrets=st.lists(hidden, min_size=6, max_size=6, unique=True),
    posts=st.lists(st.text(max_size=60), min_size=1, max_size=3),
    spoken=st.integers(0, 6),
    confidential=st.booleans(),
)
def test_no_word_that_nobody_published_is_on_it(
    secrets: list[str], posts: list[str], spoken: int, confidential: bool
) -> None:
    title, body, comment, person, label, reason = secrets
    texts = [*posts, secrets[spoken]] if spoken < len(secrets) else posts
    facts = [
        a_post(5 + n, INVESTIGATING, DEGRADED, "web", text=text, by=person)
        for n, text in enumerate(texts)
    ]
    facts += [
        a_fact("withheld", 1, by=person, text=reason),
        a_post(30, IDENTIFIED, DOWN, "git", text=reason, done=False),
    ]
    card = Comment("", at(40), ME, encode(CardText(tuple(facts)), ""))
    issue = an_issue(
        labelled(1, person, label),
        says(2, person, f"{comment}\n/ima state identified -- {reason}"),
        card,
        author=person,
        assignees=(person,),
        body=body,
        confidential=confidential,
    )
    incident = fold(replace(issue, title=title), a_context(60))
    assert len(incident.facts) >= len(facts), "the card was read"
    whole = "\n".join(written(incident).values())
    assert "Degraded Performance" in whole
    for secret in secrets:
        assert secret not in whole or any(secret in text for text in texts), secret


HOSTILE = {
    "a script": "<script>alert(1)</script>",
    "the end of the page": "</p></main></body></html><h1>Gone</h1>",
    "an attribute": "\" onload='x' autofocus=\"",
    "the end of CDATA": "]]></content></entry>",
    "a comment": "<!-- --> <!-- ima:card {} -->",
    "a template": "{{ site }} {% include 'x' %}",
    "entities": "&lt;b&gt; &amp; &#0; &nosuch;",
    "control characters": "a\x00\x01\x08\x0b\x0c\x1b[31mb\x7f\x85\u2028c\u202ed",
    "no characters": "a\ufffe\uffff\U0001fffe\ufdd0b\ud800c",
    "lines": "one\n\n\r\n  two\r three",
    "emoji": "👩‍🚒 🇩🇪 ﷽",
    "a megabyte": "x" * 1_000_000,
    "a megabyte of lines": "x\n" * 500_000,
    "nothing": "",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_post_breaks_out(text: str) -> None:
    made = written(public(1, a_post(0, INVESTIGATING, DOWN, "web", text=text)))
    harmless = written(public(1, a_post(0, INVESTIGATING, DOWN, "web", text="")))
    for name in ("index.html", "incidents/1.html"):
        assert mistakes(name, made) == []
        tags = [each.tag for each in read(made[name]).iter() if each.tag != "p"]
        assert tags == [each.tag for each in read(harmless[name]).iter() if each.tag != "p"]
    assert feed_mistakes(made["feed.xml"]) == []
    assert sum(map(len, made.values())) < 40 * LONGEST + sum(map(len, harmless.values()))
    assert isinstance(json.loads(made["status.json"]), dict)


@pytest.mark.property
@given(text=st.text())
def test_every_post_can_be_read_as_it_was_written(text: str) -> None:
    made = written(public(1, a_post(0, INVESTIGATING, DOWN, text=f"A {text} Z")))
    page = read(made["incidents/1.html"])
    shown = " ".join(said(each) for each in page.iter("p") if each.get("dir") == "auto")
    assert [*filter(_printed, shown)] == ["A", *filter(_printed, text), "Z"]
    ElementTree.fromstring(made["feed.xml"])


def _printed(character: str) -> bool:
    return "!" <= character <= "~"


# Its templates


def test_a_mistake_has_its_place_even_in_a_part() -> None:
    texts = dict(shipped().templates)
    lines = texts["site/parts.html.j2"].splitlines()
    line = next(n for n, each in enumerate(lines, 1) if "update.state" in each)
    texts["site/parts.html.j2"] = "\n".join(lines).replace("update.state", "update.stat")
    told = [str(error).splitlines()[0] for error in check_templates(policy(), texts)]
    assert told == [f"templates/site/parts.html.j2:{line}: 'dict object' has no attribute 'stat'"]


@pytest.mark.parametrize(
    ("template", "printed"),
    [
        pytest.param("{{ x }}", "&lt;b&gt; &amp; &#34;", id="printed"),
        pytest.param("{% autoescape false %}{{ x }}{% endautoescape %}", "&lt;b&gt; &amp; &#34;",
                     id="escaping cannot be switched off"),
        pytest.param("{{ x | upper }}", "&lt;B&gt; &amp; &#34;", id="nor does a filter free it"),
        pytest.param("{{ x ~ x }}", "&lt;b&gt; &amp; &#34;" * 2, id="joined"),
        pytest.param("{{ [x] | join }}", "&lt;b&gt; &amp; &#34;", id="in a list"),
        pytest.param("{{ 7 }}{{ y }}", "7ab", id="without control characters"),
        pytest.param("{{ z | moment }}", "2 March 2026, 12:31 UTC", id="a time"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["x.html.j2", "x.xml.j2"])
def test_markup_is_escaped_by_its_extension(name: str, template: str, printed: str) -> None:
    values = {"x": '<b> & "', "y": "a\x00\u202eb", "z": "2026-03-02T12:31:00Z"}
    assert Templates({name: template}).render(name, values) == printed + "\n"


def test_nobody_calls_strange_markup_safe() -> None:
    with pytest.raises(Exception, match="No filter named 'safe'"):
        Templates({"x.html.j2": "{{ x | safe }}"}).render("x.html.j2", {"x": "<b>"})


# That the checks would see it


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("<h1>", "<h2>", "headings"),
        ("</main>", "</main><main>again</main>", "not one body/main"),
        ('href="history.html"', 'href="future.html"', "leads nowhere"),
        ("<p>As of", '<p id="content">As of', "id content is not unique"),
        ("<p>As of", '<script src="x.js"></script><p>As of', "<script> is on the page"),
        ("<p>As of", '<a href="https://cdn.example/">x</a><p>As of', "leaves the site"),
        ('lang="en"', "", "no language"),
        ('datetime="', 'datetime="on ', "<time> without a time"),
        ('aria-labelledby="services"', 'aria-labelledby="s"', "nothing has the id s"),
    ],
)
def test_the_checks_see_what_is_wrong(old: str, new: str, told: str) -> None:
    made = written(down())
    closing = "</h2>" if old == "<h1>" else "</h1>"
    broken = made["index.html"].replace(old, new).replace("</h1>", closing)
    assert broken != made["index.html"]
    assert told in "; ".join(mistakes("index.html", made | {"index.html": broken}))


def test_the_parser_is_strict() -> None:
    with pytest.raises(ParseError):
        read("<!doctype html><html><body><p></div></body></html>")
    assert feed_mistakes('<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title></feed>')
