"""The gallery shows each picture that is drawn, in words too, and none is large."""

from __future__ import annotations

import re

from tests.gallery import FOLDER, LARGEST, PICTURES, ROOT

SHOWN = re.compile(r"!\[([^\]]*)\]\(gallery/([\w-]+)\.webp\)")


def test_each_picture_is_shown_once_with_what_it_shows() -> None:
    shown = SHOWN.findall((ROOT / "docs" / "gallery.md").read_text("utf-8"))
    assert sorted(name for _, name in shown) == sorted(each.name for each in PICTURES)
    assert [name for words, name in shown if len(words.split()) < 4] == []


def test_the_pictures_are_there_and_small() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert set(sizes) == {f"{each.name}.webp" for each in PICTURES}, "`make gallery` draws them"
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}
