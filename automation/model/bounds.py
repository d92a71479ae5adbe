"""Bounds on what people type, and on what is remembered of it; all of them stand here. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from automation.text.own_words import MOST_READ

COMMENT = MOST_READ  # characters of a comment that are read
SEARCHED = 200_000  # characters of one person's comments on one issue that are read
REVIEW = 200_000  # characters of the text of a review that are read
COMMAND = 2_000  # characters of a command that are read
COMMANDS = 20  # commands of one comment that are read
REACTIONS = 50  # comments of one issue whose reactions cost a request each, the newest of them
ANSWERS = 5  # answers on one issue to somebody who is no member
NAMES = 20  # people named in the commands of one comment whose rights are asked for
NEW_NAMES = 200  # people whom one run asks the tracker about for the first time
STRANGERS = 2_000  # people of whom the next run knows that they are no members
TITLE = 250  # characters of a title
REASON = 200  # characters of a reason, or of the step that was agreed on
NOTE = 500  # characters of a note for the next shift, or of why nothing is published
PUBLIC = 1_000  # characters of a public text
UNDONE = 2  # acts of one person on one incident that are undone; then its owner is asked
AHEAD = timedelta(days=366)  # how far ahead a waiver or the next update may lie
FIRST = datetime(1970, 1, 1, tzinfo=UTC)  # times that IMA can reckon with
LAST = datetime(2200, 1, 1, tzinfo=UTC)


def possible(at: datetime) -> bool:
    """Is it a time that can be calculated with in every time zone?"""
    return FIRST <= (at if at.tzinfo else at.replace(tzinfo=UTC)) <= LAST
