"""The outside services as the policy names them; their secrets are the environment's. Pure.

An empty ``url`` is the service's own, or the environment's (docs/services.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Literal

from automation.policy.key_types import Kind, MaybeEmpty, Period, ReadableColor
from automation.records import dataclass
from automation.schema.described import Key
from automation.schema.shapes import Text
from automation.times.durations import Duration

MEDIA = {  # that status.io passes a post on to: the policy's word and its name for it
    "email": "notify_email",
    "sms": "notify_sms",
    "webhook": "notify_webhook",
    "social": "social",
    "irc": "irc",
    "hipchat": "hipchat",
    "msteams": "msteams",
    "slack": "slack",
}


_Url = Annotated[str, "Its API, where that is elsewhere"]
LIGHT_PAGE, DARK_PAGE = "ffffff", "16181c"  # what lies behind the texts of the site


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """Where announcements go: a file, or the Slack workspace of the token."""

    kind: Annotated[
        str,
        Kind("log", "slack"),
        "`log` writes announcements to a file; `slack` posts them (docs/services.md)",
    ] = "log"
    channel: Annotated[MaybeEmpty, "Where announcements go; empty: no chat"] = ""
    path: Annotated[str, "The file of the log"] = ".ima/outbox.jsonl"
    thread: Annotated[
        bool,
        "`true`: below each announcement, news of state, status and owner as replies; not where "
        "a rule's `updates` already tells the channel",
    ] = False
    groups: Annotated[Mapping[str, str], "Groups of people: name and handle, or id"] = field(
        default_factory=dict
    )
    url: _Url = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPageSettings:
    """What users see: pages that IMA writes, or the page of this id at status.io or Atlassian."""

    kind: Annotated[
        str,
        Kind("site", "status.io", "statuspage", "none"),
        "`site`: `ima site` writes it; `status.io`, `statuspage` (Atlassian): posts go there",
    ] = "none"
    page: Annotated[str, "At both: the id of the page"] = ""
    host: Annotated[str, "At both: where people see it: status.example.com"] = ""
    link: Annotated[
        bool, "On status.io: posts link their issue; `false` if it is not for the public"
    ] = True
    url: _Url = ""


Web = Annotated[
    str,
    Text(r"https?://[^\s<>\x22'`|?#]+", says="an address such as `https://status.acme.example/`"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """The site that `ima site` writes: its name, where it stands, how it looks."""

    title: Annotated[str, "Its name; without one, what `--title` says"] = ""
    address: Annotated[Web, "Where it stands, for feeds; without one, `--base-url`"] = ""
    home: Annotated[Web, "Your own site, to which it links back"] = ""
    logo: Annotated[
        str,
        Text(
            r"(?i:(?:[\w-][\w.-]*/)*[\w-][\w.-]*\.(?:svg|png|webp))",
            says="a file beside the policy: `.svg`, `.png` or `.webp`",
        ),
        "Your logo, of at most 100 kB; it is shown 32 px high",
    ] = ""
    accent: Annotated[
        str, ReadableColor(LIGHT_PAGE, darker=True), "The colour of links, in the light look"
    ] = "0b57b0"
    accent_dark: Annotated[
        str, ReadableColor(DARK_PAGE, darker=False), "The colour of links, in the dark look"
    ] = "8ab8ff"
    lang: Annotated[
        str,
        Text(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", says="a language such as `en` or `pt-BR`"),
        "The language of its templates",
    ] = "en"
    keep: Annotated[Period, "How long what is over is shown"] = Duration(90, "d")


@dataclass(frozen=True, slots=True, kw_only=True)
class PagerSettings:
    """Who is on call and how they are woken. On PagerDuty pages are incidents of ``service``,
    made in the name of ``sender``."""

    kind: Annotated[
        str,
        Kind("policy", "pagerduty", "gitlab"),
        "`policy`: on call as the roles say; `pagerduty`, `gitlab`: as its schedules say",
    ] = "policy"
    service: Annotated[str, "On PagerDuty: the id of the service for pages"] = ""
    sender: Annotated[
        str, Key("from"), "On PagerDuty: the e-mail address of its account of IMA"
    ] = ""
    region: Annotated[Literal["us", "eu"], "On PagerDuty: where it is"] = "us"
    url: _Url = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsSettings:
    """Where people write together: files, or copies of ``template`` in ``folder`` at Google."""

    kind: Annotated[
        str,
        Kind("files", "google"),
        "`files` are Markdown files; `google`: copies of a Google Doc",
    ] = "files"
    path: Annotated[str, "Their folder"] = ".ima/documents"
    template: Annotated[str, "At Google: the id of the document that is copied"] = ""
    folder: Annotated[str, "At Google: the id of a folder in a shared drive"] = ""
    share: Annotated[str, "At Google: the domain whose people may write in it"] = ""
    acts_as: Annotated[
        str, Key("as"), "At Google: whose name the account acts in, by domain-wide delegation"
    ] = ""
    scope: Annotated[
        Literal["drive.file", "drive"],
        "At Google: files that IMA made or was given; or all that its account sees",
    ] = "drive.file"
    url: _Url = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """Where numbers come from: a file, or the HTTP API at ``url``."""

    kind: Annotated[
        str,
        Kind("none", "file", "prometheus"),
        "`file`: samples as JSON; `prometheus`: asked for at `url`",
    ] = "none"
    path: Annotated[str, "The file of the samples"] = ".ima/samples.json"
    url: Annotated[str, "Of Prometheus, or of what speaks like it"] = ""
    tenant: Annotated[str, "For Mimir: the tenant that is asked for"] = ""


_HOST = r"[\w.-]+(?::[0-9]{1,5})?"
_HERE = r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?"
_PATH = r"(?:/[^\s?#@]*)?"
_PRIVATE = re.compile(rf"https://{_HOST}{_PATH}|https?://{_HERE}{_PATH}", re.IGNORECASE)
_PUBLIC = re.compile(rf"https?://(?:{_HOST}|{_HERE}){_PATH}", re.IGNORECASE)


def may_be_asked(url: str, *, private: bool = True) -> bool:
    """May what is ``private`` be sent there? Encrypted, or to this machine; nothing else is in an
    address: no account, no query."""
    found = (_PRIVATE if private else _PUBLIC).fullmatch(url)
    port = re.search(r"\]?:([0-9]+)(?:/|$)", url)
    return bool(found) and (port is None or 0 < int(port[1]) < 65536)


def is_project(kind: str, path: str) -> bool:
    """Can this be the path of a project on such a forge?"""
    parts = path.split("/")
    enough = len(parts) == 2 if kind == "github" else len(parts) > 1
    return enough and all(re.fullmatch(r"[\w.-]+", p) and p not in (".", "..") for p in parts)
