"""``ima handbook``: to a terminal, as Markdown, as a page."""

from __future__ import annotations

from html.parser import HTMLParser

from .conftest import POLICY, Ima


def test_it_says_what_the_policy_says(ima: Ima) -> None:
    said = ima("handbook")
    assert (said.code, said.err) == (0, "")
    assert "**Investigating, and the EOC is here, for 30 min**" in said.out
    ima.policy(
        POLICY + "rules: [{name: stuck-investigating, when: "
        "{state: Investigating, engaged: eoc, for: 20m}}]\n"
    )
    assert "**Investigating, and the EOC is here, for 20 min**" in ima("handbook").out


def test_checklists_stand_in_it_as_they_are_written_for_anybody(ima: Ima) -> None:
    assert "### Engineer On Call\n\n1. " in ima("handbook").out


def test_into_a_file(ima: Ima) -> None:
    assert ima("handbook handbook.md").code == 0
    text = (ima.folder / "handbook.md").read_text("utf-8")
    assert text.rstrip() == ima("handbook").out.rstrip()
    assert ima("handbook handbook.html").code == 0
    page = (ima.folder / "handbook.html").read_text("utf-8")
    found: list[str] = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: found.append(tag)  # type: ignore[method-assign]
    reader.feed(page)
    assert {"h1", "h2", "table", "li"} <= {*found}
    assert not {"script", "link", "img", "iframe"} & {*found}


def test_where_the_file_cannot_be_written(ima: Ima) -> None:
    done = ima("handbook none/handbook.md")
    assert done.code == 2
    assert "none/handbook.md" in done.err
