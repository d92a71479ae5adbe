"""Where git says that a folder's project is: by its origin, as git itself reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from automation.cli.git_origin import origin

OURS = "https://gitlab.example/acme/production.git"
THEIRS = "https://evil.example/mallory/fork.git"


def repository(folder: Path, **remotes: str) -> Path:
    """As `git init` and `git remote add` leave it."""
    folder.mkdir(parents=True, exist_ok=True)
    config(folder / ".git", **remotes)
    return folder


def config(folder: Path, **remotes: str) -> None:
    folder.mkdir(parents=True)
    lines = [f'[remote "{name}"]\n\turl = {url}\n' for name, url in remotes.items()]
    (folder / "config").write_text("[core]\n\tbare = false\n" + "".join(lines), "utf-8")


def test_the_origin_is_asked_by_its_name(tmp_path: Path) -> None:
    made = repository(tmp_path / "r", fork=THEIRS, origin=OURS)
    assert origin(made, "gitlab") == ("https://gitlab.example", "acme/production")


def test_another_remote_is_never_taken_for_it(tmp_path: Path) -> None:
    assert origin(repository(tmp_path / "r", fork=THEIRS), "gitlab") == ("", "")


def test_what_is_pushed_to_is_not_what_is_read(tmp_path: Path) -> None:
    made = repository(tmp_path / "r", origin=OURS)
    text = f'[remote "origin"]\n\tpushurl = {THEIRS}\n\turl = {OURS}\n; url = {THEIRS}\n'
    (made / ".git" / "config").write_text(text, "utf-8")
    assert origin(made, "gitlab")[0] == "https://gitlab.example"


def test_git_reads_no_case_and_no_quotes(tmp_path: Path) -> None:
    made = repository(tmp_path / "r", origin=OURS)
    (made / ".git" / "config").write_text(f'[Remote "origin"]\n\tURL = "{OURS}"\n', "utf-8")
    assert origin(made, "gitlab") == ("https://gitlab.example", "acme/production")
    (made / ".git" / "config").write_text(f'[remote "Origin"]\n\turl = {OURS}\n', "utf-8")
    assert origin(made, "gitlab") == ("", "")


def test_in_a_worktree_and_a_submodule(tmp_path: Path) -> None:
    main = repository(tmp_path / "main", origin=OURS)
    inner = main / ".git" / "worktrees" / "tree"
    inner.mkdir(parents=True)
    (inner / "commondir").write_text("../..\n", "utf-8")
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / ".git").write_text(f"gitdir: {inner}\n", "utf-8")
    assert origin(tree, "gitlab")[1] == "acme/production"
    config(main / ".git" / "modules" / "sub", origin="git@gitlab.example:acme/sub.git")
    (main / "sub").mkdir()
    (main / "sub" / ".git").write_text("gitdir: ../.git/modules/sub\n", "utf-8")
    assert origin(main / "sub", "gitlab") == ("https://gitlab.example", "acme/sub")


@pytest.mark.parametrize(
    ("url", "forge", "found"),
    [
        ("ssh://git@ssh.github.com:443/acme/production.git", "github", "https://github.com"),
        ("git@ssh.github.com:acme/production.git", "github", "https://github.com"),
        ("ssh://git@altssh.gitlab.com:443/acme/production", "gitlab", "https://gitlab.com"),
        ("ssh://git@ssh.gitlab.example:2222/acme/production", "gitlab", "https://gitlab.example"),
        ("git@altssh.gitlab.example:acme/production.git", "gitlab", "https://gitlab.example"),
        ("https://ssh.gitlab.example/acme/production", "gitlab", "https://ssh.gitlab.example"),
        ("git@ssh.example:acme/production.git", "gitlab", "https://ssh.example"),
        ("git@sshhosts.example:acme/production.git", "gitlab", "https://sshhosts.example"),
        ("git@work:acme/production.git", "gitlab", ""),  # a name of ~/.ssh/config
        ("git@github.com:acme/production.git", "gitlab", ""),
    ],
)
def test_hosts_that_are_only_for_ssh(tmp_path: Path, url: str, forge: str, found: str) -> None:
    assert origin(repository(tmp_path / "r", origin=url), forge)[0] == found
