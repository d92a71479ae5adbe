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
FIXED = {".ima-site.json", "feed.xml", "history.html", "index.html", "status.json"}


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
        "+ public/feed.xml",
        "+ public/history.html",
        "+ public/index.html",
        "+ public/status.json",
        "Operational. 0 public incidents, none active.",
    ]
    assert set(tree(ima.folder / "public")) == FIXED


def test_it_shows_what_was_published_and_nothing_else(ima: Ima) -> None:
    ima('declare "Secret customer Initech is down" --severity S1 --service git')
    ima('declare "Never published" --severity S2 --service web')
    publish(ima, "#1", ("Investigating", "Service Disruption"), text="The API fails.")
    done = ima('site public --title "Acme status" --base-url https://status.acme.example')
    assert done.out.splitlines()[-1] == "Service Disruption. 1 public incident, 1 active."
    made = tree(ima.folder / "public")
    assert set(made) == FIXED | {"incidents/1.html"}
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
    assert ima("site public --format json").json == {
        "folder": "public",
        "status": "Degraded Performance",
        "active": 1,
        "incidents": 1,
        "new": ["feed.xml", "history.html", "incidents/1.html", "index.html", "status.json"],
        "changed": [],
        "same": [],
        "removed": [],
    }
    again = ima("site public --format json").json
    assert (again["new"], again["changed"], len(again["same"])) == ([], [], 5)


def test_what_is_over_stays_for_so_long_and_then_goes(ima: Ima) -> None:
    ima('declare "API down" --severity S3')
    ima("apply")
    publish(ima, "#1", ("Investigating", "Service Disruption"), ("Resolved", "Operational"))
    ima("edit 1 --close --as erin")
    ima.after(60 * 24 * 40)  # longer than the policy looks back
    assert ima("site public").out.splitlines()[-1] == "Operational. 1 public incident, none active."
    done = ima("site public --since 30d")
    assert "- public/incidents/1.html" in done.out
    assert set(tree(ima.folder / "public")) == FIXED


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
    assert set(tree(ima.folder / "public")) == FIXED
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
