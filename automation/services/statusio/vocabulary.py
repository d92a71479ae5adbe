"""status.io's codes and answers in our words, and our words in its codes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from automation.model.issue import IDENTIFIED, INVESTIGATING, MONITORING, OPERATIONAL, STATUSES
from automation.model.status_page import Notice, PageIncident, PageMessage, ref_in
from automation.policy.outside_services import MEDIA

STATES = {INVESTIGATING: 100, IDENTIFIED: 200, MONITORING: 300}  # "resolved" is another call
STATUS = dict(zip(STATUSES, (100, 300, 400, 500, 600), strict=True))  # 200: maintenance
_STATES = {code: state for state, code in STATES.items()}
_STATUS = {code: status for status, code in STATUS.items()}
OVER = {"current_status": STATUS[OPERATIONAL], "current_state": STATES[MONITORING]}
SUBJECT = "Status Notification"  # of its e-mails


def levels(notice: Notice) -> dict[str, int]:
    """The codes of state and status of a post. One that ends the incident is shown as being
    monitored."""
    if notice.post.final:
        return dict(OVER)
    post = notice.post
    return {"current_status": STATUS[post.status], "current_state": STATES[post.state]}


def details(notice: Notice) -> str:
    """The text that people read, with the mark by which IMA finds it again."""
    return f"{notice.post.text}\n\n{notice.mark}"


def flags(media: Iterable[str]) -> dict[str, str]:
    """All notification flags, "1" for the ``media`` that hear of the post: status.io refuses a post
    without one of them."""
    wanted = set(media)
    return {field: "1" if word in wanted else "0" for word, field in MEDIA.items()}


def message(notice: Notice) -> PageMessage:
    """The post as the page will show it."""
    post = notice.post
    state, status = (MONITORING, OPERATIONAL) if post.final else (post.state, post.status)
    return PageMessage(state, status, details(notice))


def status_of(code: object) -> str:
    return _STATUS.get(_number(code), "")


def shown(row: Mapping[str, Any], over: bool, project: str, tracker: str) -> PageIncident:
    """An incident of its list."""
    messages = sorted(row.get("messages") or (), key=lambda each: str(each.get("datetime", "")))
    texts = [str(message.get("details") or "") for message in messages]
    said = tuple(
        PageMessage(
            _STATES.get(_number(message.get("state")), ""), status_of(message.get("status")), text
        )
        for message, text in zip(messages, texts, strict=True)
    )
    refs = (ref_in(text, project, tracker) for text in texts)
    ref = next((ref for ref in refs if ref), "")
    return PageIncident(str(row["_id"]), str(row.get("name") or ""), ref, over, said)


def _number(code: object) -> int:
    return int(code) if isinstance(code, (int, str)) and str(code).isdecimal() else -1
