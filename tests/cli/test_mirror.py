"""``ima mirror``: a folder with what is open, the runbooks, and nothing that is secret."""

from __future__ import annotations

from pathlib import Path

from automation.model.issue import Draft

from .conftest import POLICY, Ima


def names(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_what_is_open_and_the_runbooks(ima: Ima) -> None:
    ima.policy(POLICY + "runbooks: ['books/*.md']\n")
    (ima.folder / "books").mkdir()
    (ima.folder / "books" / "db.md").write_text("# Restore the database\n", encoding="utf-8")
    ima('declare "Pushes fail" --severity S2')
    ima('say 1 "it is the disk" --as erin')
    done = ima("mirror copy")
    assert (done.code, done.err) == (0, "")
    assert done.out == "copy: 1 incident, 0 reviews, 1 runbook. Begin with copy/index.md.\n"
    copy = ima.folder / "copy"
    assert names(copy) == [
        ".ima-mirror.json",
        "incidents/1.md",
        "index.md",
        "runbooks/books/db.md",
    ]
    assert "it is the disk" in (copy / "incidents" / "1.md").read_text("utf-8")
    assert "<!--" not in (copy / "incidents" / "1.md").read_text("utf-8")
    assert "# Restore" in (copy / "runbooks" / "books" / "db.md").read_text("utf-8")


def test_what_is_over_leaves_and_its_review_comes(ima: Ima) -> None:
    ima('declare "Pushes fail" --severity S2')
    ima("mirror copy")
    ima.after(1)
    ima('say 1 "/ima resolve it is over" --as ian')
    ima("apply")
    assert ima("mirror copy --format json").json == {
        "folder": "copy",
        "files": ["index.md", "reviews/2.md"],
    }
    assert names(ima.folder / "copy") == [".ima-mirror.json", "index.md", "reviews/2.md"]


def test_of_a_confidential_one_there_is_the_bare_reference(ima: Ima) -> None:
    draft = Draft("Keys were stolen", labels=("Incident", "S1"), confidential=True)
    ima.session.acting().open(draft)
    ima("apply")
    done = ima("mirror copy")
    assert "Keys" not in done.out + done.err
    assert names(ima.folder / "copy") == [".ima-mirror.json", "index.md"]
    index = (ima.folder / "copy" / "index.md").read_text("utf-8")
    assert "- #1 (confidential)" in index
    assert "Keys" not in index


def test_a_foreign_folder_is_refused(ima: Ima) -> None:
    done = ima("mirror .")
    assert done.code == 2
    assert "not empty, and not written by ima" in done.err
    assert names(ima.folder)[-1] == "policy.yml"


def test_a_runbook_that_is_not_there_is_told_and_the_rest_is_copied(ima: Ima) -> None:
    ima.policy(POLICY + "runbooks: [books/db.md]\n")
    ima('declare "Pushes fail" --severity S2')
    done = ima("mirror copy")
    assert done.code == 2
    assert done.err.startswith("runbooks: books/db.md: matches no file in ")
    assert "incidents/1.md" in names(ima.folder / "copy")
