"""The command ``ima``: names and one line about each; a command's module is imported when used."""

from __future__ import annotations

from importlib import import_module

import click
from click.shell_completion import CompletionItem

from automation.cli.options import Family, common

_GROUPS = {  # of `ima --help`; of each command its module of this package, and one line about it
    "Every day": {
        "declare": ("declare", "declare an incident"),
        "report": ("declare", "report trouble: pages the engineer on call"),
        "near-miss": ("declare", "open the review of a near miss"),
        "show": ("issue_commands", "read an issue"),
        "say": ("issue_commands", "comment on an issue of the embedded tracker"),
        "edit": ("issue_commands", "change an issue of the embedded tracker"),
        "plan": ("plan", "what would change, and why"),
        "apply": ("apply", "plan and do it"),
        "explain": ("explain", "every rule on one issue: applies, or why not"),
        "oncall": ("oncall_board", "who is on call"),
        "board": ("oncall_board", "active incidents, open reviews and actions"),
        "maintenance": ("planned", "plan work on the systems"),
        "drill": ("planned", "open an exercise"),
        "gone": ("gone", "an incident's issue was deleted: end what goes on outside"),
        "replay": ("replay", "carry the incidents of an outage into the real tracker"),
    },
    "Set-up": {
        "demo": ("demo", "play one incident from declaration to review"),
        "init": ("init", "write policy, labels and templates into a folder"),
        "check": ("check", "validate policy, labels and templates, offline"),
        "test": ("test", "play scenarios against the policy"),
        "labels": ("labels", "make the tracker's labels as in labels.yml"),
        "doctor": ("doctor", "is this set-up alive? what is missing, and what to do"),
        "preview": ("preview", "what a changed policy would change"),
        "policy": ("check", "the policy that holds, and where each value came from"),
        "schema": ("check", "the JSON Schema of policy.yml or labels.yml, for editors"),
    },
    "Reports": {
        "stats": ("stats", "incidents, availability, times: figures of the past"),
        "digest": ("digest", "the week: what happened, what is due, what got better"),
        "handbook": ("handbook", "the incident process as a document for people"),
        "slo": ("slo", "services against their SLOs"),
        "site": ("site", "write the public status site"),
        "mirror": ("mirror", "a copy of what is open, for when the tracker is away"),
    },
    "For jobs": {
        "alert": ("alert", "an Alertmanager or PagerDuty payload, as an incident"),
        "chat": ("chat", "one line from a chat job, as a command"),
        "gate": ("gate", "may a deployment go ahead?"),
    },
}
_MODULES = {name: found for group in _GROUPS.values() for name, found in group.items()}


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
        mistyped = not name.startswith("-") and self.get_command(ctx, name) is None
        if mistyped and not ctx.resilient_parsing:  # a shell that completes asks for no error
            from automation.mistakes import quoted, suggestion

            remedy = suggestion(name, self.list_commands(ctx))
            ctx.fail(f"no such command {quoted(name)}\n  {remedy}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        widest = max(map(len, _MODULES))  # one column for all groups
        for title, commands in _GROUPS.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(name.ljust(widest), said) for name, (_, said) in commands.items()]
                )

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What a shell may offer next; no command is imported for it."""
        names = [
            CompletionItem(name, help=said)
            for name, (_, said) in _MODULES.items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]


@click.group(
    cls=ImportedWhenUsed,
    examples=['ima declare "API error rate above SLO" --severity S2', "ima plan", "ima board"],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="ima", prog_name="ima", message="%(prog)s %(version)s")
@common(("text", "markdown", "json"))
def ima(**_common: object) -> None:
    """Keeps incident issues true to your incident process."""
