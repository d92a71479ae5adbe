"""What is wrong with pages of the status site, for browsers, screen readers, feed readers."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from urllib.parse import urlsplit
from xml.etree import ElementTree

import html5lib  # type: ignore[import-untyped]

ParseError = html5lib.html5parser.ParseError
Element = ElementTree.Element
ATOM = "{http://www.w3.org/2005/Atom}"
FETCHING = ("script", "iframe", "object", "embed", "video", "audio", "form", "use")


def read(text: str) -> Element:
    """The page, or the first mistake in its HTML as html5lib.html5parser.ParseError."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    page = parser.parse(text)
    assert isinstance(page, Element)
    return page


def said(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def mistakes(name: str, files: Mapping[str, object], home: str = "") -> list[str]:
    """Everything that is wrong with one page of the site; ``home`` is the only address outside of
    it to which it may lead."""
    page = read(str(files[name]))
    links = [each for each in _links(name, page, files) if each != f"{home} leaves the site"]
    found = [*_outline(page), *_landmarks(page), *links, *_times(page)]
    counted = Counter(each.get("id") for each in page.iter() if each.get("id"))
    found += [f"id {each} is not unique" for each, count in counted.items() if count > 1]
    labelled = {each.get("aria-labelledby") for each in page.iter()} - {None}
    found += [f"nothing has the id {each}" for each in labelled - set(counted)]
    found += [f"<{each.tag}> is on the page" for each in page.iter() if each.tag in FETCHING]
    names = {name for each in page.iter() for name in each.attrib}
    found += [f"something has {name}" for name in names if name.startswith("on")]
    if page.get("lang") != "en":
        found.append("no language")
    if not page.findtext("head/title"):
        found.append("no title")
    return found


def _outline(page: Element) -> Iterator[str]:
    levels = [int(each.tag[1]) for each in page.iter() if re.fullmatch("h[1-6]", str(each.tag))]
    if levels.count(1) != 1 or levels[0] != 1:
        yield f"headings {levels}: the first one, and no other, is the h1"
    for before, after in pairwise(levels):
        if after > before + 1:
            yield f"h{after} follows h{before}"
    yield from (
        f"{e.tag} is empty" for e in page.iter() if e.tag in ("h1", "h2", "h3", "a") and not said(e)
    )


def _landmarks(page: Element) -> Iterator[str]:
    for name in ("body/header", "body/main", "body/footer", "body/header/nav"):
        if len(page.findall(name)) != 1:
            yield f"not one {name}"
    for nav in page.iter("nav"):
        if not nav.get("aria-label"):
            yield "a nav without a name"


def _links(name: str, page: Element, files: Mapping[str, object]) -> Iterator[str]:
    for each in page.iter():
        link = each.get("href") or each.get("src")
        if link is None:
            continue
        parts = urlsplit(link)
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), parts.path))
        if parts.scheme or parts.netloc:
            yield f"{link} leaves the site"
        elif parts.path and path not in files:
            yield f"{link} leads nowhere"
        elif parts.fragment and not any(e.get("id") == parts.fragment for e in page.iter()):
            yield f"{link} has no target"


def _times(page: Element) -> Iterator[str]:
    for time in page.iter("time"):
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time.get("datetime", "")):
            yield f"<time> without a time: {said(time)}"
        if not said(time).endswith("UTC"):
            yield f"a time without its zone: {said(time)}"


def feed_mistakes(text: str) -> list[str]:
    """What RFC 4287, 4.1, asks of a feed and its entries."""
    feed = ElementTree.fromstring(text)
    found = [] if feed.tag == f"{ATOM}feed" else ["no feed"]
    authors = len(feed.findall(f"{ATOM}author/{ATOM}name"))
    for each in [feed, *feed.findall(f"{ATOM}entry")]:
        for name in ("id", "title", "updated"):
            values = each.findall(ATOM + name)
            if len(values) != 1 or not (values[0].text or "").strip():
                found.append(f"{each.tag}: not one {name}")
        for stamp in each.iter(f"{ATOM}updated"):
            if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp.text or ""):
                found.append(f"{stamp.text} is no date of RFC 3339")
        if each is not feed and each.find(f"{ATOM}content") is None:
            found.append("an entry without content")
    if not authors:
        found.append("nobody wrote it")
    ids = [each.text for each in feed.iter(f"{ATOM}id")]
    found += ["ids are not unique"] if len(ids) != len(set(ids)) else []
    return found


def colours(style: str) -> dict[str, dict[str, str]]:
    """The colours of the light and the dark look: name: #rrggbb."""
    light, _, dark = style.partition("prefers-color-scheme: dark")
    looks = {"light": light.partition("*")[0], "dark": dark.partition("* {")[0]}
    return {look: dict(re.findall(r"--([\w-]+): (#\w+)", css)) for look, css in looks.items()}


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, 1.4.3: between 1 and 21."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
