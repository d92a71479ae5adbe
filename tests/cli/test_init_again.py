"""`ima init` in a folder that has a policy: only what is asked for changes."""

from __future__ import annotations

import pytest

from automation.config.tracker_section import Tracker, with_tracker

from .conftest import Ima

TRACKER = """\
tracker:   # a file, for now
  kind: local
  project: incidents
  path: .ima/incidents.db
"""
OWN = f"""\
# our process
version: 1

{TRACKER}
# who we are
roles: {{eoc: {{on_call: erin}}}}   # more to come
severities: {{SEV1: {{}}, SEV2: {{}}, SEV3: {{}}}}
"""


@pytest.mark.parametrize("forge", ["gitlab", "github"])
def test_only_the_tracker_that_is_asked_for(ima: Ima, forge: str) -> None:
    policy, page = ima.folder / "policy.yml", ima.folder / "SETUP.md"
    policy.write_text(OWN)
    ima("init")
    labels = (ima.folder / "labels.yml").read_text()
    done = ima(f"init --forge {forge} --project acme/production")
    assert done.code == 0
    assert done.out.startswith("~ policy.yml (only its tracker, without its path)\n")
    assert "put your people" not in done.out, "they are there"
    section = f"tracker:\n  kind: {forge}\n  project: acme/production\n"
    once = OWN.replace(TRACKER, section)
    assert policy.read_text() == once
    assert (ima.folder / "labels.yml").read_text() == labels
    assert "acme/production" in page.read_text()
    same = ima(f"init --forge {forge}")
    assert same.out.startswith("Kept as they are: policy.yml, ")
    assert "IMA_KEY, which signs what IMA remembers; the one that is set stays." in same.out
    assert "no origin" not in same.out, "the policy says which project"
    policy.write_text(once.replace("  project:", "  adopt: [type]  # ours\n  project:"))
    moved = ima("init --project acme/other")
    assert moved.out.startswith("~ policy.yml (only its tracker)\n~ SETUP.md\n")
    other = "  adopt: [type]  # ours\n  project: acme/other"
    assert policy.read_text() == once.replace("  project: acme/production", other)
    page.write_text(f"{page.read_text()}we asked Rita\n")
    kept = ima(f"init --forge {forge} --project acme/third")
    assert "! SETUP.md was kept, and is about acme/other: move it away" in kept.out
    assert page.read_text().endswith("we asked Rita\n")


def test_the_other_forge_and_nothing_else_said(ima: Ima) -> None:
    (ima.folder / "policy.yml").unlink()
    assert ima("init --forge gitlab --project acme/production").code == 0
    once = ima("init --forge gitlab --project acme/production")
    assert "what else was only for" not in once.out
    done = ima("-q init --forge github --project acme/production")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("~ policy.yml (only its tracker)\n")
    assert {"~ SETUP.md", "~ ima.lock"} <= {*done.out.splitlines()}, "they are of the other one"
    assert "pygithub==" in (ima.folder / "ima.lock").read_text()
    assert "1. " not in done.out
    assert "IMA_KEY" not in done.out, "-q: nothing but what was written"
    back = ima("init --forge gitlab --project acme/production")
    told = "! .github/workflows/ima.yml and what else was only for github stays: delete it"
    assert told in back.out


def test_labels_and_forms_that_nobody_has_edited_follow_the_policy(ima: Ima) -> None:
    (ima.folder / "policy.yml").unlink()
    ima("init --forge gitlab --project acme/production")
    urgent = ima.folder / ".gitlab/issue_templates/Urgent incident.md"
    near_miss = urgent.with_name("Near miss.md")
    near_miss.write_text(f"{near_miss.read_text()}Thank you!\n")
    written = (ima.folder / "policy.yml").read_text()
    three = "{SEV1: {}, SEV2: {}, SEV3: {}}"
    ima.policy(f"{written}severities: {three}\nservices: {{shop: {{}}}}\n")
    found = ima("check")
    assert (
        "labels.yml has labels for S1, S2, S3, S4\n  `ima init` once more writes that file anew"
        in found.err
    )
    done = ima("init")
    first = [line for line in done.out.splitlines() if line[:1] in "~+"]
    assert {"~ labels.yml", "~ .gitlab/issue_templates/Urgent incident.md"} <= {*first}
    assert not any("policy.yml" in line or "Near miss" in line for line in first)
    assert "~SEV2" in urgent.read_text()
    assert "Thank you!" in near_miss.read_text()
    ima.session = ima.fresh()
    assert ima("check").code == 0
    again = ima("init").out
    assert again.startswith("Kept as they are: policy.yml, "), "it is as it shall be"
    labels = ima.folder / "labels.yml"
    labels.write_text(labels.read_text().replace("e8590c", "000000"))
    ima.policy(f"{written}severities: {three.replace('}}', '}, SEV4: {}}')}\n")
    assert "~ labels.yml" not in ima("init").out, "its colours are theirs"
    (ima.folder / ".gitlab-ci.yml").unlink()
    assert ".gitlab-ci.yml" not in ima("init").out, "nobody has asked for jobs"


def test_a_tracker_that_only_people_can_change(ima: Ima) -> None:
    text = "{version: 1, tracker: {kind: local}}\n"
    ima.policy(text)
    done = ima("init --forge gitlab --project acme/production")
    assert done.code == 2
    assert "policy.yml: its tracker is not acme/production on gitlab" in done.err
    assert "kind: gitlab\n" in done.err
    assert (ima.folder / "policy.yml").read_text() == text
    assert not (ima.folder / "SETUP.md").exists(), "nothing was written"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("version: 1\n", "version: 1\nTRACKER"),
        ("version: 1\n\nroles: {}\n", "version: 1\nTRACKER\nroles: {}\n"),
        ("tracker: {kind: local}\nroles: {}\n", "TRACKERroles: {}\n"),
        ("version: 1\ntracker:\n  kind: local\n\n# end\n", "version: 1\nTRACKER\n# end\n"),
        ("version: 1\ntracker: {kind: local}", "version: 1\nTRACKER"),
        (
            'tracker: {kind: gitlab, project: "a/b", adopt: [type]}\n',
            "tracker: {kind: gitlab, project: acme/production, adopt: [type]}\n",
        ),
        (
            "tracker:\n  kind: gitlab\n  url: https://git.example\n  project: a/b  # ours\n",
            "tracker:\n  kind: gitlab\n  url: https://git.example\n"
            "  project: acme/production  # ours\n",
        ),
    ],
)
def test_all_else_stays_as_people_have_written_it(text: str, made: str) -> None:
    section = "tracker:\n  kind: gitlab\n  project: acme/production"
    found = with_tracker(text, "policy.yml", Tracker("gitlab", "acme/production"), section)
    assert found
    assert found.text == made.replace("TRACKER", f"{section}\n")
