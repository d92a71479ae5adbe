"""``ima site``: the folder that it writes, and the folders that it leaves alone."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from automation.model.incident import Fact
from automation.model.publicity import post_name
from automation.stored_state.card import CardText, decode, encode
from automation.workspace.folder import write_folder
from tests.counterparts.github import GitHubServer

from ..pages import feed_mistakes, mistakes
from .conftest import POLICY, START, Ima, Result

PIPELINE = Path(__file__).parent.parent.parent / "templates" / "ci" / "gitlab.yml"
PAGES = {"history.html", "index.html", "subscribe.html"}
BESIDE = {".ima-site.json", "feed.xml", "maintenance.ics", "status.json"}


def fixed(folder: Path) -> set[str]:
    """What stands in the folder whatever was published."""
    below = {name for name in tree(folder) if name.startswith(("services/", "api/v2/"))}
    assert {"services/web.html", "api/v2/summary.json"} <= below
    return PAGES | BESIDE | below


WITH_SERVICES = f"""{POLICY}services:
  api: {{component: API}}
  git: {{component: Git}}
  web: {{component: Web}}
"""


@pytest.fixture
def ima(ima: Ima) -> Ima:
    """With services of its own."""
    ima.policy(WITH_SERVICES)
    return ima


def publish(ima: Ima, ref: str, *posts: tuple[str, str], text: str = "We are on it.") -> None:
    """As if each state and status had been published a minute after the one before."""
    tracker = ima.session.tracker
    (issue,) = tracker.issues([ref])
    comment = next(each for each in issue.comments if "<!-- ima:card " in each.body)
    card = decode(comment.body)
    assert card
    facts = [
        Fact(
            "published",
            ima.now + timedelta(minutes=n),
            by="mallory",
            what=post_name(n, state, status, ("api",)),
            text=text,
        )
        for n, (state, status) in enumerate(posts, 1)
    ]
    more = CardText((*card.facts, *facts), card.said, card.labels_set, card.digest)
    tracker.edit_comment(ref, comment.id, encode(more, "The card"))


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_first_site(ima: Ima) -> None:
    done = ima("site public")
    assert done.code == 0
    assert done.out.splitlines() == [
        *(f"+ public/{name}" for name in sorted(tree(ima.folder / "public")) if name[0] != "."),
        "Operational. 0 public incidents, none active.",
    ]
    assert set(tree(ima.folder / "public")) == fixed(ima.folder / "public")


def test_it_shows_what_was_published_and_nothing_else(ima: Ima) -> None:
    ima('declare "Secret customer Initech is down" --severity S1 --service git')
    ima('declare "Never published" --severity S2 --service web')
    publish(ima, "#1", ("Investigating", "Service Disruption"), text="The API fails.")
    done = ima('site public --title "Acme status" --base-url https://status.acme.example')
    assert done.out.splitlines()[-1] == "Service Disruption. 1 public incident, 1 active."
    made = tree(ima.folder / "public")
    assert set(made) - fixed(ima.folder / "public") == {"incidents/1.html", "history/2026-03.html"}
    whole = "\n".join(made.values())
    for word in ("Initech", "Never", "acme/production", "mallory", "rita", "erin", "S1", "card"):
        assert word not in whole, word
    assert "The API fails." in made["index.html"]
    assert {name: mistakes(name, made) for name in made if name.endswith("html")} == {
        name: [] for name in made if name.endswith("html")
    }
    assert feed_mistakes(made["feed.xml"]) == []
    assert 'href="https://status.acme.example/incidents/1.html"' in made["feed.xml"]
    assert json.loads(made["status.json"])["page"]["name"] == "Acme status"


def test_json(ima: Ima) -> None:
    ima('declare "API down" --severity S1')
    publish(ima, "#1", ("Investigating", "Degraded Performance"))
    first = ima("site public --format json").json
    new = first.pop("new")
    assert first == {
        "folder": "public",
        "status": "Degraded Performance",
        "active": 1,
        "incidents": 1,
        "changed": [],
        "same": [],
        "removed": [],
    }
    assert {"incidents/1.html", "index.html", "services/api.xml"} < {*new}
    again = ima("site public --format json").json
    assert (again["new"], again["changed"], again["same"]) == ([], [], new)


def test_only_what_changed_is_written_again(ima: Ima) -> None:
    """A server tells from the file's time that a reader has it already."""
    ima('declare "API down" --severity S3')
    publish(ima, "#1", ("Investigating", "Service Disruption"), ("Resolved", "Operational"))
    ima.after(60 * 24 * 30)
    ima("site public")
    before = {path: path.stat().st_mtime_ns for path in (ima.folder / "public").rglob("*.*")}
    ima.after(0.5)
    assert ima("site public --format json").json["changed"] == [], "twice in a minute"
    ima.after(60)
    assert ima("site public --format json").json["changed"] == ["index.html", "status.json"]
    kept = {path.name for path, time in before.items() if path.stat().st_mtime_ns == time}
    assert {"1.html", "history.html", "feed.xml", "summary.json", "api.html"} <= kept


LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'


def test_it_looks_as_the_policy_says(ima: Ima) -> None:
    (ima.folder / "looks").mkdir()
    (ima.folder / "looks" / "Acme.SVG").write_bytes(LOGO)
    keys = {
        "title": "Acme <status>", "address": "https://status.acme.example/of/us",
        "home": "https://acme.example/", "logo": "looks/Acme.SVG", "accent": "#7A1FA2",
        "accent_dark": "e0a8ff", "lang": "de", "keep": "400d",
    }  # fmt: skip
    ima.policy(f"{WITH_SERVICES}site: {json.dumps(keys)}\n")
    ima("site public --title Else --base-url https://else.example")
    made = tree(ima.folder / "public")
    page = made["services/web.html"]
    assert "Acme &lt;status&gt;" in page
    assert '<html lang="de" dir="ltr">' in page
    assert '<img src="../logo.svg" alt="">' in page
    assert "--link: #7a1fa2" in page
    assert "--link: #e0a8ff" in page
    assert '<a href="https://acme.example/">' in page
    assert "img-src &#39;self&#39;" in page or "img-src 'self'" in page
    assert (ima.folder / "public" / "logo.svg").read_bytes() == LOGO
    assert 'href="https://status.acme.example/of/us/feed.xml"' in made["feed.xml"]
    assert "400 days ago" in made["history.html"]
    assert "else" not in "".join(made.values()).casefold()
    wrong = {name: mistakes(name, made, keys["home"]) for name in made if name.endswith("html")}
    assert {name: found for name, found in wrong.items() if found != ["no language"]} == {}


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (
            "accent: ffcc00",
            "`site.accent` cannot be read on #ffffff: its contrast is 1.5\n"
            "  take a darker one: people need 4.5 (WCAG 2.2, 1.4.3)\n",
        ),
        (
            "accent_dark: 0b57b0",
            "`site.accent_dark` cannot be read on #16181c: its contrast is 2.5\n"
            "  take a lighter one: people need 4.5 (WCAG 2.2, 1.4.3)\n",
        ),
        ("accent: red", "`site.accent` is 'red'\n  it takes six hex digits such as"),
        ("address: status.example", "`site.address` is 'status.example'\n  it takes an address"),
        ("home: 'javascript:x'", "`site.home` is 'javascript:x'\n  it takes an address"),
        ("logo: ../logo.svg", "`site.logo` is '../logo.svg'\n  it takes a file beside the policy"),
        ("logo: logo.html", "`site.logo` is 'logo.html'\n  it takes a file beside the policy"),
        ("logo: gone.png", "`site.logo`: 'gone.png' cannot be read: No such file or directory\n"
                           "  name a picture beside the policy, or leave the key out"),
        ("logo: large.png", "`site.logo`: 'large.png' is larger than 100 kB\n  make it smaller"),
        ("logo: outside.png", "`site.logo`: 'outside.png' lies outside of the policy's folder\n"),
        ("lang: English", "`site.lang` is 'English'\n  it takes a language such as `en`"),
        ("colour: red", "`site` has no 'colour'"),
    ],
)  # fmt: skip
def test_looks_that_cannot_be(ima: Ima, key: str, told: str, tmp_path: Path) -> None:
    (ima.folder / "large.png").write_bytes(bytes(100_001))
    outside = tmp_path.parent / f"{tmp_path.name}-outside.png"
    outside.write_bytes(b"secret")
    (ima.folder / "outside.png").symlink_to(outside)
    ima.policy(f"{WITH_SERVICES}site: {{{key}}}\n")
    done = ima("site public")
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert told in ima("check").err
    assert not (ima.folder / "public").exists()


def test_what_is_over_stays_for_so_long_and_then_goes(ima: Ima) -> None:
    ima('declare "API down" --severity S3')
    ima("apply")
    publish(ima, "#1", ("Investigating", "Service Disruption"), ("Resolved", "Operational"))
    ima("edit 1 --close --as erin")
    ima.after(60 * 24 * 40)  # longer than the policy looks back
    assert ima("site public").out.splitlines()[-1] == "Operational. 1 public incident, none active."
    done = ima("site public --since 30d")
    assert "- public/incidents/1.html" in done.out
    assert "- public/history/2026-03.html" in done.out
    assert set(tree(ima.folder / "public")) == fixed(ima.folder / "public")


def test_files_of_others_stay(ima: Ima) -> None:
    ima("site public")
    mine = ima.folder / "public" / "CNAME"
    mine.write_text("status.acme.example")
    (ima.folder / "precious.txt").write_text("mine")
    manifest = ima.folder / "public" / ".ima-site.json"
    names = json.loads(manifest.read_text())
    manifest.write_text(json.dumps([*names, "old.html"]))
    (ima.folder / "public" / "old.html").write_text("a page of before")
    done = ima("site public")
    assert done.code == 0
    assert "- public/old.html" in done.out
    assert mine.read_text() == "status.acme.example"
    manifest.write_text(json.dumps([*names, "../precious.txt"]))
    assert ima("site public").code == 2
    assert (ima.folder / "precious.txt").read_text() == "mine"


@pytest.mark.parametrize("kind", ["folder", "file", "broken manifest", "another manifest"])
def test_what_it_did_not_write_is_left_alone(ima: Ima, kind: str) -> None:
    place = ima.folder / "thesis"
    if kind == "file":
        place.write_text("years of work")
    else:
        place.mkdir()
        (place / "index.html").write_text("years of work")
    if "manifest" in kind:
        text = "{" if kind.startswith("broken") else '["files"]'
        (place / ".ima-site.json").write_text(text)
    done = ima("site thesis")
    assert (done.code, done.out) == (2, "")
    assert str(place) in done.err
    left = place if kind == "file" else place / "index.html"
    assert left.read_text() == "years of work"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            "--base-url status.example",
            "--base-url: 'status.example' is no address of a site\n"
            "  write it as in the address bar, such as https://status.acme.example/\n",
        ),
        ("--since 5wd", "--since: '5wd' is no length of time\n  write it as in 90d\n"),
        (
            "--since soon",
            "--since: 'soon', which is not a duration\n"
            "  write a number and a unit: 90s, 30m, 2h, 3d, 1w, 5wd (working days), or eod\n",
        ),
    ],
)
def test_mistakes(ima: Ima, options: str, told: str) -> None:
    done = ima(f"site public {options}")
    assert (done.code, done.err) == (2, told)
    assert not (ima.folder / "public").exists()


def test_a_folder_that_cannot_be_written(ima: Ima) -> None:
    (ima.folder / "file").write_text("x")
    done = ima("site file/public")
    assert done.code == 1
    assert done.err.splitlines()[1:] == ["  make the folder writable, or name another one"]


class Killed(BaseException):
    pass


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_killed_run_leaves_a_folder_that_the_next_one_knows(
    nth: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, renames, really = {"index.html": "a", "history.html": "b"}, [0], Path.replace

    def replace(self: Path, target: Path) -> Path:
        renames[0] += 1
        if renames[0] == nth:
            raise Killed
        return really(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(Killed):
        write_folder(tmp_path, files, ".ima-site.json")
    write_folder(tmp_path, files, ".ima-site.json")
    assert tree(tmp_path).keys() == {"index.html", "history.html", ".ima-site.json"}
    assert {name: (tmp_path / name).read_text() for name in files} == files


def test_nobody_is_written_to(ima: Ima) -> None:
    ima('declare "API down" --severity S1')
    before = ima.session.tracker.issues()
    ima("site public")
    assert ima.session.tracker.issues() == before
    assert ima.now == START


def test_the_job_for_gitlab_pages(ima: Ima) -> None:
    jobs = yaml.safe_load(PIPELINE.read_text("utf-8"))
    job = jobs["pages"]
    assert jobs["variables"]["IMA_SITE"] == "", "nobody gets a public site who did not ask for it"
    assert {f"{rule['if']} && $IMA_SITE" for rule in jobs["sweep"]["rules"]} == {
        rule["if"] for rule in job["rules"]
    }, "it needs the sweep, so it must be in the same pipelines"
    assert {need["job"] for need in job["needs"]} == {"sweep"}
    assert job["artifacts"]["paths"] == ["public"]
    (line,) = job["script"]
    said = {"$IMA_OPTIONS": "", "$IMA_SITE": "Acme status", "$CI_PAGES_URL": "https://a.example/s"}
    for name, value in said.items():
        line = line.replace(name, value)
    assert ima(shlex.split(line)[1:]).code == 0
    assert set(tree(ima.folder / "public")) == fixed(ima.folder / "public")
    assert 'href="https://a.example/s/feed.xml"' in tree(ima.folder / "public")["feed.xml"]


@pytest.mark.needs("emulate")
def test_a_job_with_another_account_than_the_pass_does_not_speak_for_it(ima: Ima) -> None:
    """It would say *Operational* in an outage, and let deployments go ahead: what the other account
    keeps is no memory of its."""
    tokens = {"ghs_app": "ima[bot]", "ghs_job": "github-actions[bot]"}
    members = dict.fromkeys(("rita", "erin", "ian", "cara", *tokens.values()), "write")
    with GitHubServer(
        {"repos": {"acme/production": {"members": members}}, "tokens": tokens}
    ) as hub:
        where = f"{{kind: github, project: acme/production, url: '{hub.url}'}}"
        text = POLICY.replace("{kind: local, project: acme/production}", where)
        hub.clock = lambda: ima.now

        def run(token: str, line: str, policy: str = text, **more: str) -> Result:
            ima.policy(policy)
            environment = {"IMA_GITHUB_TOKEN": token, "CI": "true", **more}
            ima.session = replace(ima.session, environment=environment)
            return ima(line)

        hub.people.open("rita", "API down", labels=["Incident", "S3"])
        hub.people.comment("erin", 1, '/ima status "Service Disruption"')
        assert run("ghs_app", "apply").code == 0
        assert run("ghs_app", "gate").code == 3
        site, gate = run("ghs_job", "site public"), run("ghs_job", "gate")
        named = run("ghs_job", "gate", f"{text}accounts: ['ima[bot]']\n")
        told = run("ghs_job", "gate", IMA_ACCOUNT="ima[bot]")
    for done, code in ((site, 2), (gate, 1)):
        assert done.code == code
        assert "the cards here are @ima[bot]'s, and this token is @github-actions[bot]'s" in (
            done.err
        )
        assert "give this job the token of the pass" in done.err
    assert not (ima.folder / "public").exists()
    assert "take that for a no" in gate.err
    assert "may go ahead" not in gate.out
    assert (named.code, told.code) == (3, 3), "an account that is named is known"
