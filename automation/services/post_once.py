"""Posts on any status page: what the page shows already is looked for first, so that no post comes
twice."""

from __future__ import annotations

from automation.model.status_page import Notice, PageIncident
from automation.services import StatusPage


def post_once(page: StatusPage, notice: Notice) -> tuple[str, str]:
    """Show the notice. Returns the id and the address of the page's incident, "" where it has none.

    Where an answer was lost or a pass was killed, the page is ahead of the card: what it says
    already is not said again. An incident that is over on the page stays so, and a new one is
    opened.
    """
    shown = page.find(notice)
    if shown is not None and shown.over:
        shown = None if not notice.post.final else shown
    if notice.post.final:
        opened = _show_end(page, shown, notice)
    elif shown is None:
        opened = page.create(notice)
    else:
        opened = shown.id
        if shown.times(notice) < notice.nth:
            page.update(opened, notice)
    return opened, page.permalink(opened) if opened else ""


def _show_end(page: StatusPage, shown: PageIncident | None, notice: Notice) -> str:
    """Show the last notice of an incident. Where the public has not heard of it before, or somebody
    took it off the page, it is shown as over. Words that a person publishes after the end are added
    to what has ended."""
    if shown is not None and shown.over:
        last_words = notice.post.by and shown.times(notice) < notice.nth
        if not last_words:
            return shown.id
    opened = shown.id if shown else page.create(notice)
    page.resolve(opened, notice)
    return opened
