"""What the keys of a policy file must know of each other: names, services, addresses. Pure.

What one key may be is described with it (`policy/policy.py`, `rules/`), also that it is the name
of a role, a service or a template; here it is looked up.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from automation.config.merge import name_of
from automation.config.named_roles import SHIPPED_ROLES
from automation.config.rule_file import rule_shape
from automation.mistakes import Mistakes, quoted, suggestion
from automation.model.commands import USAGE
from automation.model.issue import STATES, STATUSES
from automation.model.team_words import folded
from automation.policy.key_types import NameOf
from automation.policy.outside_services import MEDIA, is_project, may_be_asked
from automation.policy.slo import is_selector
from automation.schema.shapes import Record, Text
from automation.schema.yaml_nodes import Node

_IN_LIST = re.compile(r"\[[0-9]+\]$")  # at the end of a path


def check_keys_together(
    root: Node, record: Record, templates: frozenset[str] | None, mistakes: Mistakes
) -> None:
    """Note what is wrong between keys of the whole file ``root``, read by ``record``.

    ``templates`` are the names that there are; None: they are not checked.
    """
    _check_names(root, record, templates, mistakes)
    for name, role in entries_of(root, "roles").items():
        _check_on_call(name, role, mistakes)
    _check_teams(root, mistakes)
    _check_chain(root, mistakes)
    _check_people(root, mistakes)
    _check_outside(root, mistakes)
    _check_paging(root, mistakes)
    _check_sender(root, mistakes)
    _check_addresses(root, mistakes)
    _check_project(root, mistakes)
    _check_media(root, mistakes)
    _check_queries(root, mistakes)
    _check_digest(root, mistakes)
    _check_words(root, mistakes)
    for rule in _rules(root):
        _check_acknowledged(rule, mistakes.within(f"rule {quoted(name_of(rule))}", rule))


def _check_names(
    root: Node, record: Record, templates: frozenset[str] | None, mistakes: Mistakes
) -> None:
    """Refuse each name of a role, a service or a template that there is none of."""
    sections = {"role": "roles", "service": "services", "severity": "severities"}
    known: dict[str, Collection[str]] = {
        of: entries_of(root, section) for of, section in sections.items()
    }
    places = places_of(root)
    where = {of: place_in_words(section, places) for of, section in sections.items()}
    remedies = _words_for_roles(entries_of(root, "roles"))
    if templates is not None:
        known["template"] = sorted(templates)
        where["template"] = "files below templates/"
    for key, field in record.fields.items():
        if key != "rules" and (section := root.get(key)):
            for shape, node in field.shape.texts(section):
                path = f"`{_IN_LIST.sub('', node.path)}`: "
                _check_name(shape, node, path, known, where, remedies, mistakes)
    for rule in _rules(root):
        told = mistakes.within(f"rule {quoted(name_of(rule))}", rule)
        for shape, node in rule_shape().texts(rule):
            _check_name(shape, node, "", known, where, remedies, told)


def _check_name(
    shape: Text,
    node: Node,
    path: str,
    known: Mapping[str, Collection[str]],
    where: Mapping[str, str],
    remedies: Mapping[str, str],
    mistakes: Mistakes,
) -> None:
    if not isinstance(shape, NameOf) or shape.of not in known or not shape.refers(node.raw):
        return
    before, after = shape.file.split("{}")
    there = [
        name[len(before) : len(name) - len(after)]
        for name in known[shape.of]
        if name.startswith(before) and name.endswith(after)
    ]
    if node.raw not in there:
        word = " or word" if shape.words else ""
        what = f"{path}there is no {shape.of}{word} {quoted(shape.file.format(node.raw))}"
        remedy = remedies.get(node.raw.casefold()) if shape.of == "role" else None
        guess = suggestion(node.raw, (*shape.words, *there), where[shape.of])
        mistakes.add(node, what, f"{remedy} ({where[shape.of]})" if remedy else guess)


def _words_for_roles(roles: Mapping[str, Node]) -> dict[str, str]:
    """What to do about words that are no role's key, but known: to guess another role would wake
    the wrong person."""
    gone = (role for role in SHIPPED_ROLES if role not in roles)
    found = {role: f"{role} is left out here: name another role, or take this out" for role in gone}
    for role, node in roles.items():
        if (name := node.get("name")) and folded(name.raw) not in roles:
            found[folded(name.raw)] = f"write `{role}`, whose name this is"
    return found


def roles_that_nothing_calls(root: Node) -> list[str]:
    """Those that neither a rule nor a severity names."""
    called = {word for key in ("rules", "severities") for word in _words(root.get(key))}
    return [name for name in entries_of(root, "roles") if name not in called]


def _words(node: Node | None) -> Iterator[str]:
    """All names in a part of the policy."""
    if node is None:
        return
    if node.raw:
        yield node.raw
    for each in (*node.items, *(child for _, child in node.entries.values())):
        yield from _words(each)


def name_for_one_of(names: Collection[str], roles: Collection[str]) -> str:
    """What to write where people have made roles of their words for some of IMA's roles."""
    which = f"if {quoted(next(iter(names)))} is only your name for one of them"
    return f"{which}, say which: `{next(iter(roles))}: {{name: {next(iter(names))}, …}}`"


def places_of(root: Node) -> dict[str, str]:
    """Where each section of the file stands: "roles" in "policy.yml:3"."""
    return {key: f"{node.file}:{line}" for key, (line, node) in root.entries.items()}


def place_in_words(section: str, places: Mapping[str, str]) -> str:
    """Where the words of a section are defined: "`roles`, policy.yml:3"."""
    return f"`{section}`, {places[section]}" if section in places else f"`{section}`"


def entries_of(root: Node, key: str) -> dict[str, Node]:
    """The values of a section of the file, by name."""
    node = root.get(key)
    return {name: child for name, (_, child) in node.entries.items()} if node else {}


def _texts(node: Node | None) -> Iterator[Node]:
    for each in (node.items or [node]) if node else ():
        if each.kind == "text":
            yield each


def _refuse_unknown(node: Node, known: tuple[str, ...], what: str, mistakes: Mistakes) -> None:
    if node.raw not in known:
        mistakes.add(node, f"{what} {quoted(node.raw)}", suggestion(node.raw, known))


def _check_on_call(name: str, role: Node, mistakes: Mistakes) -> None:
    said = [key for key in ("on_call", "rota") if role.get(key)]
    if len(said) > 1:
        what = f"`roles.{name}` has both `on_call` and `rota`"
        mistakes.add(role, what, "keep one: always one person, or several in turn")


def _check_teams(root: Node, mistakes: Mistakes) -> None:
    """Teams are GitHub's; on GitLab nobody could tell who is in one."""
    kind = entries_of(root, "tracker").get("kind")
    if kind is None or kind.raw != "gitlab":
        return
    for role in entries_of(root, "roles").values():
        rota = role.get("rota")
        for node in (*_texts(role.get("on_call")), *_texts(rota.get("who") if rota else None)):
            if node.raw.startswith("@"):
                what = f"{quoted(node.raw)} is a team of GitHub's, and the tracker is GitLab"
                mistakes.add(node, what, "name logins")


def _check_chain(root: Node, mistakes: Mistakes) -> None:
    roles = root.get("roles")
    chained = [
        not (flag := role.get("chain")) or flag.value for role in entries_of(root, "roles").values()
    ]
    if roles and not any(chained):
        remedy = "let one role be in the chain: it owns new incidents"
        mistakes.add(roles, "`roles` has no chain", remedy)


def _check_people(root: Node, mistakes: Mistakes) -> None:
    """One account in the pager or in the chat is one person."""
    for key in ("pager", "chat"):
        whose: dict[str, str] = {}
        for login, person in entries_of(root, "people").items():
            for node in _texts(person.get(key)):
                if (other := whose.setdefault(node.raw.casefold(), login)) != login:
                    what = f"`people`: {login} and {other} are the same in `{key}`"
                    mistakes.add(node, what, "give each of them their own")


def _check_words(root: Node, mistakes: Mistakes) -> None:
    """What people type for a role, a state or a status means one thing, and is no command."""
    roles = entries_of(root, "roles")
    named = {key: name for key, role in roles.items() if (name := role.get("name"))}
    _check_family(named, roles, "roles.{}.name", mistakes)
    for section in ("states", "statuses"):
        words = entries_of(root, section)
        _check_family(words, (*STATES, *STATUSES), f"{section}.{{}}", mistakes)


def _check_family(
    words: Mapping[str, Node], keys: Collection[str], where: str, mistakes: Mistakes
) -> None:
    taken = {folded(key): key for key in keys}
    first: dict[str, str] = {}
    for key, node in words.items():
        word, label = folded(node.raw), f"`{where.format(key)}`"
        other = first.setdefault(word, key)
        if other != key:
            what = f"{label} is {quoted(node.raw)}, which means {other} already"
            mistakes.add(node, what, "give each a word of its own: people type it")
        elif taken.get(word, key) != key:
            what = f"{label} is {quoted(node.raw)}, which is another one's key"
            mistakes.add(node, what, f"choose another word: {taken[word]} is understood, too")
        elif word in map(folded, USAGE) and word != folded(key):
            what = f"{label} is {quoted(node.raw)}, which is a command"
            mistakes.add(node, what, f"choose another word: `/ima {node.raw}` does something else")


_NEEDED = {  # of a section with this kind
    ("pager", "pagerduty"): ("service", "from"),
    ("chat", "slack"): ("channel",),
    ("status_page", "status.io"): ("page",),
    ("status_page", "statuspage"): ("page",),
    ("documents", "google"): ("template", "folder"),
}

_WHERE = "docs/services.md says where to find it"
_REMEDY = {"channel": 'write it in quotes, `channel: "#incidents"`: # begins a comment'}


def _check_outside(root: Node, mistakes: Mistakes) -> None:
    """A service that is not an embedded one needs to be told where it is."""
    for (section, kind), keys in _NEEDED.items():
        node = entries_of(root, section)
        if "kind" not in node or node["kind"].raw != kind:
            continue
        for key in keys:
            if key not in node:
                what = f"`{section}` has no `{key}`, which {kind} needs"
                mistakes.add(node["kind"], what, _REMEDY.get(key, _WHERE))


def _check_paging(root: Node, mistakes: Mistakes) -> None:
    """PagerDuty pages through escalation policies; any role may be engaged, and is paged then.
    GitLab pages for its own incidents, and who has no policy there is called by comment."""
    kind = entries_of(root, "pager").get("kind")
    if kind is None or kind.raw not in ("pagerduty", "gitlab"):
        return
    roles, tracker = entries_of(root, "roles"), entries_of(root, "tracker").get("kind")
    if kind.raw == "gitlab" and tracker and tracker.raw != "gitlab":
        what = "GitLab is the pager only where the incidents are there, too"
        mistakes.add(kind, what, "`tracker: {kind: gitlab}`, or another pager")
    dumb = [name for name, role in roles.items() if not role.get("escalation")]
    if dumb and kind.raw == "pagerduty":
        what = f"PagerDuty cannot page {', '.join(dumb)}: no `escalation` in `roles`"
        mistakes.add(kind, what, "docs/services.md says where to find the id")
    keys = ("schedule", "on_call", "rota")
    if empty := [n for n, role in roles.items() if not any(map(role.get, keys))]:
        what = f"nobody is ever on call as {', '.join(empty)}: no `schedule` in `roles`"
        known = "id" if kind.raw == "pagerduty" else "name"
        remedy = f"give them the {known} of a schedule, or `on_call: LOGIN`"
        if idle := [role for role in roles_that_nothing_calls(root) if role not in empty]:
            remedy += f"; {name_for_one_of(idle, empty)}"
        mistakes.add(kind, what, remedy)


def _check_sender(root: Node, mistakes: Mistakes) -> None:
    """PagerDuty takes a page that calls its own maker for acknowledged, and wakes nobody."""
    pager = entries_of(root, "pager")
    kind, sender = pager.get("kind"), pager.get("from")
    if kind is None or kind.raw != "pagerduty" or sender is None:
        return
    address = sender.raw.casefold()
    names = {address.partition("@")[0]}
    for login, person in entries_of(root, "people").items():
        for node in _texts(person.get("pager")):
            theirs = node.raw.casefold() == address
            (names.add if theirs else names.discard)(login.casefold())
    for role in entries_of(root, "roles").values():
        rota = role.get("rota")
        for node in (*_texts(role.get("on_call")), *_texts(rota.get("who") if rota else None)):
            if node.raw.casefold() in names:
                what = f"`pager.from` is {node.raw}, who is on call: PagerDuty wakes nobody for"
                remedy = "set it to the address of an account that is only IMA's"
                mistakes.add(sender, f"{what} what they make", remedy)
                return


def _check_addresses(root: Node, mistakes: Mistakes) -> None:
    """Secrets go to an encrypted address, or to this machine; a forge of one's own may be asked
    without."""
    open_ = ("tracker", "metrics")
    for name in (*open_, "pager", "chat", "documents", "status_page"):
        url = entries_of(root, name).get("url")
        if url is None or not url.raw or may_be_asked(url.raw, private=name not in open_):
            continue
        if name == "tracker" and not url.raw.startswith(("http://", "https://")):
            continue  # its shape has told of it
        kind = "address" if name in open_ else "https address"
        mistakes.add(url, f"`{name}.url` is no {kind}", "write it as https://host/path")


def _check_project(root: Node, mistakes: Mistakes) -> None:
    """A forge has a path for each project; a GitHub workflow knows its own."""
    tracker = entries_of(root, "tracker")
    kind, project = tracker.get("kind"), tracker.get("project")
    if not kind or not project or kind.raw not in ("gitlab", "github"):
        return
    if not is_project(kind.raw, project.raw) and (kind.raw == "gitlab" or "/" in project.raw):
        what = f"`tracker.project` {quoted(project.raw)} is no path of a project"
        mistakes.add(project, what, "write it as in the address bar, such as acme/production")


def _check_media(root: Node, mistakes: Mistakes) -> None:
    """status.io passes posts on to its own media, and to no other."""
    kind = entries_of(root, "status_page").get("kind")
    if kind is None or kind.raw != "status.io":
        return
    for name, severity in entries_of(root, "severities").items():
        for node in _texts(severity.get("broadcast")):
            what = f"`severities.{name}.broadcast`: status.io has no"
            _refuse_unknown(node, tuple(MEDIA), what, mistakes)
    for node in _texts(entries_of(root, "maintenance").get("broadcast")):
        what = "`maintenance.broadcast`: status.io has no"
        _refuse_unknown(node, tuple(MEDIA), what, mistakes)


def _check_queries(root: Node, mistakes: Mistakes) -> None:
    """Prometheus is asked for raw samples: a query is the name of a series."""
    kind = entries_of(root, "metrics").get("kind")
    if kind is None or kind.raw != "prometheus":
        return
    for name, service in entries_of(root, "services").items():
        for measure, query in entries_of(service, "metrics").items():
            if query.kind == "text" and query.raw and not is_selector(query.raw):
                what = f"`services.{name}.metrics.{measure}` is no name of a series"
                mistakes.add(query, what, "record the expression as a rule, and write its name")


def _check_digest(root: Node, mistakes: Mistakes) -> None:
    """The chat hears of the week where it has a channel."""
    channel = entries_of(root, "chat").get("channel")
    if channel is not None and channel.raw:
        return
    for node in _texts(entries_of(root, "digest").get("to")):
        if node.raw == "chat":
            what = "`digest.to` names the chat, and `chat` has no `channel`"
            mistakes.add(node, what, f"{_REMEDY['channel']}; or `digest: {{to: dashboard}}`")


def _rules(root: Node) -> Iterator[Node]:
    """The rules that are not switched off."""
    rules = root.get("rules")
    for rule in rules.items if rules else ():
        off = rule.get("disabled")
        if not (off and off.value is True):
            yield rule


def _check_acknowledged(rule: Node, mistakes: Mistakes) -> None:
    when, announce = rule.get("when"), rule.get("announce")
    if announce and announce.get("about") and not (when and when.get("acknowledged")):
        what = "`announce.about` tells who comes, but `when` waits for nobody"
        mistakes.add(announce, what, "add `acknowledged: eoc` to `when`")
