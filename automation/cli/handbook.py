"""``ima handbook``: the incident process as a document for people."""

from __future__ import annotations

import click

from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.errors import PolicyError

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; }}
main {{ padding: 0 1rem; }}
table {{ border-collapse: collapse; display: block; overflow-x: auto; }}
th, td {{ border: 1px solid #8888; padding: .3rem .6rem; text-align: left; vertical-align: top; }}
</style>
</head>
<body>
<main>
{body}</main>
</body>
</html>
"""


@command(
    "handbook",
    formats=("text", "markdown", "json"),
    examples=["ima handbook", "ima handbook handbook.html"],
)
@click.argument("file", metavar="[FILE]", required=False)
def handbook(call: Call, file: str | None) -> int:
    """The incident process as one document, made from the policy: roles, severities, states, what
    happens by itself and when, commands and who may, checklists.

    Into FILE as HTML where its name ends in .html, else as Markdown; without FILE to stdout.
    """
    from automation.workspace.handbook import handbook_of

    text = handbook_of(call.session)
    if file is None:
        if call.format == "json":
            output.show_json({"markdown": text})
        else:
            output.show(text.rstrip())
        return 0
    path = call.path(file)
    try:
        path.write_text(_as_page(text) if path.suffix == ".html" else text, encoding="utf-8")
    except OSError as error:
        problem = f"{file}: cannot be written: {error.strerror}"
        raise PolicyError(problem, "name a file in a folder that is there and writable") from error
    if call.format == "json":
        output.show_json({"file": file})
    else:
        output.show(f"Written: {file}")
    return 0


def _as_page(text: str) -> str:
    from html import escape

    from markdown_it import MarkdownIt

    title = text.partition("\n")[0].removeprefix("# ")
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    return _PAGE.format(title=escape(title), body=reader.render(text))
