"""A team on a forge: its policy, a cache as the run before left it, and incidents at rest."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from automation.planning.sweep_state import Cache, KnownIssue
from automation.policy.policy import Policy
from automation.schema.yaml_nodes import parse
from automation.workspace.session import Session
from tests.benchmarks.forges import Forge, Server
from tests.benchmarks.gitlab_server import PROJECT

POLICY = """
version: 1
tracker: {{kind: {kind}, project: {project}, url: "{url}"}}
roles: {{eoc: {{on_call: erin}}, imoc: {{on_call: ian}}, cmoc: {{on_call: cara}}}}
since: 2026-01-01T00:00:00Z
limits: {{requests: 1, pages: 999, posts: 999, opens: 999}}
"""
RULE = """
  - name: bench-{number}
    why: It takes long. (bench)
    when: {{severity: [S1, S2, S3], state: Investigating, for: {hours}h}}
    engage: {{role: imoc}}
"""
HELD = "Status::Operational"  # the label that somebody takes off, and IMA puts back


@dataclass
class Team:
    """A folder with a policy. Every `session` is a new one, as in a new process."""

    forge: Forge
    server: Server
    folder: Path

    def __post_init__(self) -> None:
        os.environ[self.forge.token] = "t-ima"
        (self.folder / "policy.yml").write_text(self._text(), "utf-8")

    def _text(self) -> str:
        return POLICY.format(kind=self.forge.kind, project=PROJECT, url=self.server.url)

    def session(self, policy: Policy | None = None) -> Session:
        session = Session(
            lambda: datetime.now(UTC), "rita", folder=self.folder, environment=os.environ
        )
        if policy:
            session.__dict__["policy"] = policy
        if self.forge.kind == "github":  # it keeps a pace that is GitHub's, not ours
            session.tracker._wire._before = lambda writes: None  # type: ignore[attr-defined]
        return session

    def policy(self, rules: int) -> Policy:
        """The team's policy with so many rules: the first of ours, or all and some more."""
        whole = self.session().policy
        if rules <= len(whole.rules):
            return replace(whole, rules=whole.rules[:rules], digest=f"{rules} rules")
        more = range(rules - len(whole.rules))
        text = self._text() + "rules:"
        text += "".join(RULE.format(number=number, hours=number + 1) for number in more)
        return self.session().files.policy(parse(text, "bench"))

    def settled(self, count: int) -> list[int]:
        """So many incidents that were opened, judged and written, with nothing left to do."""
        options = {"description": "It breaks.", "labels": ["Incident", "S3"]}
        iids = [self.server.does("rita", "open", f"Slow {n}", **options) for n in range(count)]
        refs = [f"#{iid}" for iid in iids]
        session = self.session()
        for _ in range(3):
            made, report = session.run.apply(refs)
            assert not report.failures, report.failures
            if made.empty:
                break
        assert made.empty, made.visible
        self._remember(session)
        session.tracker.close()
        return iids

    def _remember(self, session: Session) -> None:
        """A cache as a full sweep of all these leaves it, without reading each."""
        heads = session.tracker.heads(closed_since=None)
        duties = session.services.pager.on_call(datetime.now(UTC))
        people = {role: duty.person if duty else None for role, duty in duties.items()}
        now = datetime.now(UTC)
        issues = {
            head.ref: KnownIssue(head.updated_at, None if head.steady else now, active=True)
            for head in heads
        }
        seen = max(head.updated_at for head in heads)
        policy, cache = session.policy, session.run.cache
        assert cache is not None
        cache.write(Cache(policy.project, policy.digest, now, seen, people, issues))

    def due(self, policy: Policy | None = None) -> Session:
        """A session whose cache is so old that it lists everything, but still believed."""
        session = self.session(policy)
        cache = session.run.cache
        assert cache is not None
        session.tracker.me()
        old = datetime.now(UTC) - timedelta(hours=2)
        cache.write(replace(cache.read(), full_at=old, policy=session.policy.digest))
        return session
