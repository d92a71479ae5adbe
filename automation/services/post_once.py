"""One post on a status page, whatever page it is: looked for first, so that none comes twice."""

from __future__ import annotations

from automation.model.status_page import Notice, PageIncident
from automation.services import StatusPage


def post_once(page: StatusPage, notice: Notice) -> tuple[str, str]:
    """Show the notice; the id and address of the page's incident, empty where it has none.

    An answer that was lost, or a pass that was killed, leaves the page ahead of the card: what
    it says already is not said again. What is over on the page stays so: a new one is opened.
    """
    there = page.find(notice)
    if there is not None and there.over:
        there = None if not notice.post.final else there
    if notice.post.final:
        opened = _ended(page, there, notice)
    elif there is None:
        opened = page.create(notice)
    else:
        opened = there.id
        if there.times(notice) < notice.nth:
            page.update(opened, notice)
    return opened, page.permalink(opened) if opened else ""


def _ended(page: StatusPage, there: PageIncident | None, notice: Notice) -> str:
    """What was over before the public heard of it, or was taken off the page, is shown as over.
    A person's words after the end are said on what has ended."""
    if there is not None and there.over:
        last_words = notice.post.by and there.times(notice) < notice.nth
        if not last_words:
            return there.id
    opened = there.id if there else page.create(notice)
    page.resolve(opened, notice)
    return opened
