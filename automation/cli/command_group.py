"""The command ``ima``: names and one line about each; a command's module is imported when used."""

from __future__ import annotations

from importlib import import_module

import click

from automation import __version__
from automation.cli.options import Family, common

_MODULES = {  # command: its module of this package, and what `ima --help` says of it
    "demo": ("demo", "play one incident from declaration to review"),
    "init": ("init", "write policy, labels and templates into a folder"),
    "check": ("check", "validate policy, labels and templates, offline"),
    "schema": ("check", "the JSON Schema of policy.yml or labels.yml, for editors"),
    "policy": ("check", "the policy that holds, and where each value came from"),
    "plan": ("plan", "what would change, and why"),
    "apply": ("apply", "plan and do it"),
    "preview": ("preview", "what a changed policy would change"),
    "explain": ("explain", "every rule on one issue: applies, or why not"),
    "test": ("test", "play scenarios against the policy"),
    "labels": ("labels", "make the tracker's labels as in labels.yml"),
    "declare": ("declare", "declare an incident"),
    "report": ("declare", "report trouble: pages the engineer on call"),
    "near-miss": ("declare", "open the review of a near miss"),
    "maintenance": ("planned", "plan work on the systems"),
    "drill": ("planned", "open an exercise"),
    "alert": ("alert", "an Alertmanager or PagerDuty payload, as an incident"),
    "gone": ("gone", "an incident's issue was deleted: end what goes on outside"),
    "show": ("issue_commands", "read an issue"),
    "say": ("issue_commands", "comment on an issue of the embedded tracker"),
    "edit": ("issue_commands", "change an issue of the embedded tracker"),
    "oncall": ("oncall_board", "who is on call"),
    "board": ("oncall_board", "active incidents, open reviews and actions"),
    "site": ("site", "write the public status site"),
    "stats": ("stats", "incidents, availability, times: figures of the past"),
    "gate": ("gate", "may a deployment go ahead?"),
    "mirror": ("mirror", "a copy of what is open, for when the tracker is away"),
    "replay": ("replay", "carry the incidents of an outage into the real tracker"),
    "slo": ("slo", "services against their SLOs"),
    "chat": ("chat", "one line from a chat job, as a command"),
    "doctor": ("doctor", "is this set-up alive? what is missing, and what to do"),
}


class ImportedWhenUsed(Family):
    """A group that imports a command when it is invoked."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None where there is none of this name."""
        module, _ = _MODULES.get(cmd_name, ("", ""))
        if not module:
            return None
        found = getattr(import_module(f"automation.cli.{module}"), cmd_name.replace("-", "_"))
        return found if isinstance(found, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; for a mistyped one, the error says which it may be."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            from automation.mistakes import quoted, suggestion

            remedy = suggestion(name, self.list_commands(ctx))
            ctx.fail(f"no such command {quoted(name)}\n  {remedy}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _MODULES[name][1]) for name in self.list_commands(ctx)])


@click.group(
    cls=ImportedWhenUsed,
    examples=['ima declare "API error rate above SLO" --severity S2', "ima plan", "ima board"],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="ima", message="%(prog)s %(version)s")
@common(("text", "markdown", "json"))
def ima(**_common: object) -> None:
    """Keeps incident issues true to your incident process."""
