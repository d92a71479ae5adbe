"""A proposed change of files: what GitLab calls a merge request and GitHub a pull request. Pure."""

from __future__ import annotations

from automation.records import dataclass

MARK = "<!-- ima:preview -->"  # in our comment on one


@dataclass(frozen=True, slots=True)
class ProposedFile:
    """A file that it changes."""

    path: str
    gone: bool = False
    link: bool = False  # a symbolic link, which nobody follows


@dataclass(frozen=True, slots=True)
class Proposal:
    """A merge or pull request."""

    number: int
    commit: str  # its head
    target: str  # the branch that it shall be merged into
    fork: bool = False  # its commit is in another project
    issues_hidden: bool = False  # who sees it may not see the issues of the project
