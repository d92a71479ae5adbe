"""Which lines of a text GitLab takes for quick actions.

After `lib/gitlab/quick_actions/extractor.rb`: known names at the start of a line, outside of
code, HTML and `>>>` blocks. Unknown names stay as text.
"""

from __future__ import annotations

import re

NAMES = """
    add_child add_contacts add_email approve assign assign_reviewer award blocked_by blocks
    board_move checkin_reminder clear_health_status clear_weight clone close confidential
    convert_to_ticket copy_metadata create_merge_request done draft due duplicate epic estimate
    estimate_time health_status invite_email iteration label labels link lock merge milestone move
    page promote promote_to promote_to_incident publish react ready reassign reassign_reviewer
    rebase relabel relate remove_assignee remove_child remove_contacts remove_due_date remove_email
    remove_epic remove_estimate remove_iteration remove_label remove_milestone remove_parent
    remove_time_estimate remove_time_spent remove_zoom reopen request_review reviewer set_parent
    severity ship spend spend_time spent status submit_review subscribe target_branch
    tasks timeline title todo type unapprove unassign unassign_reviewer unlabel unlink unlock
    unsubscribe weight wip zoom
""".split()
_UNION = "|".join(sorted(NAMES, key=len, reverse=True))
_COMMAND = rf"^/(?P<cmd>{_UNION})(?:[ ](?P<arg>[^\n]*))?(?:\s*\n|$)"
_ANY = re.compile(rf"^/(?:{_UNION})\s*?(?:[ ]|$)", re.IGNORECASE | re.MULTILINE)
_TEXT = re.compile(
    "|".join(
        [
            r"(?:^```.+?\n```$)",
            r"(?:^`\n*.+?\n*`$)",
            r"(?:^<[^>]+?>\n.+?\n</[^>]+?>$)",
            r"(?:^>>>.+?\n>>>$)",
            f"(?:{_COMMAND})",
        ]
    ),
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)

Command = tuple[str, str]


def extract(text: str) -> tuple[str, list[Command]]:
    """The text without its commands, and the commands as (name, argument).

    >>> extract("Thanks!\\n/close\\n/label ~S1")
    ('Thanks!', [('close', ''), ('label', '~S1')])
    >>> extract("/engage imoc")
    ('/engage imoc', [])
    >>> extract("```\\n/close\\n```")
    ('```\\n/close\\n```', [])
    """
    plain = text.replace("\r", "")
    if not _ANY.search(plain):
        return text, []
    found: list[Command] = []

    def take(match: re.Match[str]) -> str:
        if match["cmd"] is None:
            return match[0]
        found.append((match["cmd"].lower(), (match["arg"] or "").strip()))
        return ""

    rest = _TEXT.sub(take, plain)
    return (rest.rstrip(), found) if found else (text, [])
