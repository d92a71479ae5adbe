"""What `ima doctor` reads of GitHub's answers. What an older GitHub does not say stays unsaid; what
it says must be of its shape. Pure."""

from __future__ import annotations

from automation.http.shapes import (
    Shape,
    file_text,
    flag,
    identity,
    listed,
    moment,
    name,
    partly,
    text,
)

USER = partly(login=name)
REPOSITORY = partly(
    full_name=text,
    private=flag,
    visibility=text,
    archived=flag,
    disabled=flag,
    has_issues=flag,
    pushed_at=moment,
    permissions=partly(admin=flag, maintain=flag, push=flag, triage=flag, pull=flag),
)
ANY = partly()  # it is there, or it is not
CONTENTS = partly(content=file_text)
ACTIONS = partly(enabled=flag, allowed_actions=text, sha_pinning_required=flag)
ACCESS = partly(access_level=text)
SELECTED = partly(github_owned_allowed=flag, patterns_allowed=listed(text))
_RIGHTS = partly(viewerPermission=text)
MOVING = partly(data=partly(here=_RIGHTS, there=_RIGHTS))
PAGES = partly(build_type=text, html_url=text)
_ROW = {
    "workflows": partly(id=identity, path=text, name=text, state=text),
    "workflow_runs": partly(
        run_started_at=moment,
        created_at=moment,
        conclusion=text,
        status=text,
        html_url=text,
        event=text,
    ),
    "variables": partly(name=text, value=text),
    "secrets": partly(name=text),
}
LISTS: dict[str, Shape] = {key: partly(**{key: listed(row)}) for key, row in _ROW.items()}
