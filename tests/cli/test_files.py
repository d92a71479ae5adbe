"""init, check, schema, policy show, labels sync."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection

import pytest
import yaml

from automation.model.issue import Label
from automation.workspace.files import read_templates, shipped_folder
from automation.workspace.template_check import check_templates

from .conftest import POLICY, Ima


def test_init_check_plan_in_an_empty_folder(ima: Ima) -> None:
    (ima.folder / "policy.yml").unlink()
    ima.by_example = False
    done = ima("init")
    assert done.code == 0
    assert done.out.splitlines()[-3:] == [
        "1. put your people into `roles:` of policy.yml.",
        "2. `ima check` validates the files, `ima policy show` prints all that holds.",
        '3. `ima declare "A first try" --severity S3`, then `ima board`.',
    ]
    ima.session = ima.fresh()
    assert "templates are fine.\n" in ima("check").out
    assert ima("plan").out == "No changes. 0 incidents match the policy.\n"
    text = (ima.folder / "policy.yml").read_text()
    assert text.startswith("# yaml-language-server: $schema=policy.schema.json\n")
    assert "since: 2026-03-02T12:00:00Z" in text
    assert (ima.folder / ".gitignore").read_text() == ".ima/\n"
    assert (ima.folder / "scenarios" / "first.yml").exists()


def test_a_template_that_nobody_uses_and_a_link_to_nothing_are_told(ima: Ima) -> None:
    folder = ima.folder / "templates"
    (folder / "coments").mkdir(parents=True)
    (folder / "coments" / "ask.md.j2").write_text("x")
    (folder / "parts.md.j2").write_text("y")
    (folder / "card.md.j2").write_text("{% include 'parts.md.j2' %}")
    ima.session = ima.fresh()
    done = ima("check")
    assert "Note: templates/coments/ask.md.j2: no template of ima's is called so" in done.out
    assert "did you mean 'comments/" in done.out
    assert "parts.md.j2" not in done.out
    (folder / "card.md.j2").unlink()
    (folder / "card.md.j2").symlink_to("gone.md.j2")
    ima.session = ima.fresh()
    assert "templates/card.md.j2: a link to nothing" in ima("check").err


def test_a_template_that_is_a_link_out_of_the_folder_is_not_read(ima: Ima) -> None:
    """Else whoever proposes `card.md.j2 -> /proc/self/environ` has the token on each card."""
    folder = ima.folder / "templates"
    folder.mkdir()
    secret = ima.folder.parent / f"{ima.folder.name}-environ"
    secret.write_text("IMA_TOKEN=s3cret")
    (folder / "card.md.j2").symlink_to(secret)
    (folder / "parts.md.j2").symlink_to(ima.folder / "policy.yml")
    assert "s3cret" not in "".join(map(str, read_templates(folder).values()))
    ima.session = ima.fresh()
    done = ima("check")
    assert "templates/card.md.j2: a link that leads out of the folder of the policy" in done.err
    assert "parts.md.j2" not in done.err
    assert ima('declare "API down" --severity S3').code == 1
    assert "s3cret" not in ima("show 1").out


def test_of_a_new_team_nothing_is_said_that_it_has_not_said(ima: Ima) -> None:
    (ima.folder / "policy.yml").unlink()
    ima.by_example = False
    ima("init")
    ima.session = ima.fresh()
    told = re.findall(r"^Note: (\w+): none", ima("check").out, re.MULTILINE)
    assert told == ["services", "chat", "room"]
    assert ima('declare "Mail is late" --severity S1').code == 1  # nobody is on call
    text = ima("show 1").out + ima("plan").out + ima("board").out
    assert ima("site public").code == 0
    pages = "".join(path.read_text() for path in (ima.folder / "public").rglob("*.html"))
    for word in ("example", "Berlin", "Registry", "acme", "#production", "Room"):
        assert word not in text + pages
    assert ima("labels sync --check").code == 0
    assert ima("gate").code == 3


def test_the_example_is_a_whole_company(ima: Ima) -> None:
    (ima.folder / "policy.yml").unlink()
    ima.by_example = False
    assert ima("init --example handbook").code == 0
    ima.session = ima.fresh()
    (note,) = re.findall(r"^Note: .*", ima("check").out, re.MULTILINE)
    assert "nobody is on call as eoc, imoc, cmoc, security" in note, "it names no people"
    policy = ima.session.policy
    assert list(policy.services) == ["web", "api", "git", "pages", "registry"]
    assert policy.labels.name("service", "registry") == "Service::Registry"
    assert policy.room == "https://meet.example/situation-room"


def test_init_for_a_team_with_its_own_severities_uses_their_names(ima: Ima) -> None:
    ima.by_example = False
    ima.policy(
        POLICY.replace("local, p", "gitlab, p") + "severities: {SEV1: {}, SEV2: {}, SEV3: {}}\n"
    )
    assert ima("init --forge gitlab").code == 0
    ima.session = ima.fresh()
    assert ima("check").code == 0
    assert ima.session.policy.labels.values("severity") == ("SEV1", "SEV2", "SEV3")
    urgent = (ima.folder / ".gitlab/issue_templates/Urgent incident.md").read_text()
    assert "~SEV2" in urgent
    assert ima("test").code == 0


def test_init_gives_the_services_of_a_policy_that_is_there_their_labels(ima: Ima) -> None:
    ima.by_example = False
    ima.policy(POLICY + "services: {shop: {component: Shop}}\n")
    ima("init")
    ima.session = ima.fresh()
    assert 'name: "Service::Shop"' in (ima.folder / "labels.yml").read_text()
    assert ima.session.policy.labels.name("service", "shop") == "Service::Shop"


def test_the_commented_roles_are_right(ima: Ima) -> None:
    (ima.folder / "policy.yml").unlink()
    ima("init")
    text = (ima.folder / "policy.yml").read_text()
    for line in ("roles:", "  eoc:", "  imoc:"):
        text = text.replace(f"# {line}", line)
    ima.policy(text)
    assert ima("oncall eoc --format json").json["on_call"][0]["person"] == "erin"


def test_the_commented_services_are_right(ima: Ima) -> None:
    (ima.folder / "policy.yml").unlink()
    ima("init")
    text = (ima.folder / "policy.yml").read_text()
    for name in ("status_page", "chat", "documents", "metrics"):
        text = text.replace(f"# {name}:", f"{name}:", 1)
    ima.policy(text)
    assert ima("check").code == 0
    ima.policy(text.replace("# pager:", "pager:"))
    done = ima("check")
    assert done.code == 2
    assert "escalation" in done.err


def test_init_overwrites_nothing_unless_forced(ima: Ima) -> None:
    ours = (ima.folder / "policy.yml").read_text()
    (ima.folder / ".gitignore").write_text("dist")
    done = ima("init")
    assert "Kept as they are: policy.yml (--force overwrites)" in done.out
    assert "+ .gitignore (.ima/)\n" in done.out
    assert (ima.folder / "policy.yml").read_text() == ours
    assert (ima.folder / ".gitignore").read_text() == "dist\n.ima/\n"
    ima("init --force")
    assert (ima.folder / "policy.yml").read_text() != ours
    assert (ima.folder / ".gitignore").read_text() == "dist\n.ima/\n"


def test_init_into_another_folder(ima: Ima) -> None:
    assert "1. `cd deep/er`, then put your people" in ima("init deep/er").out
    assert (ima.folder / "deep" / "er" / "templates" / "card.md.j2").exists()


def on_gitlab(ima: Ima, line: str = "init --forge gitlab") -> str:
    (ima.folder / "policy.yml").unlink(missing_ok=True)
    done = ima(line)
    assert done.code == 0
    ima.session = ima.fresh()
    return done.out


def test_init_for_gitlab_writes_the_pipeline_and_what_to_set(ima: Ima) -> None:
    said = on_gitlab(ima, "init --forge gitlab --project acme/incidents")
    assert "+ .gitlab-ci.yml\n+ SETUP.md\n" in said
    assert "3. SETUP.md says what to set in https://gitlab.com/acme/incidents, and why:" in said
    policy = ima.session.policy
    assert (policy.tracker.kind, policy.project, policy.tracker.url) == (
        "gitlab",
        "acme/incidents",
        "",
    )
    assert ima("check").code == 0
    pipeline = (ima.folder / ".gitlab-ci.yml").read_text()
    assert pipeline == (shipped_folder() / "templates" / "ci" / "gitlab.yml").read_text()
    template = ima.folder / ".gitlab" / "issue_templates" / "Security incident.md"
    assert "\n/confidential\n" in template.read_text()
    page = (ima.folder / "SETUP.md").read_text()
    assert "https://gitlab.com/api/v4/projects/acme%2Fincidents/ref/main/trigger/pipeline" in page
    assert "@URL@" not in page


def test_forms_of_both_forges_set_labels_that_there_are(ima: Ima) -> None:
    named: dict[str, list[set[str]]] = {}
    for forge in ("github", "gitlab"):
        there = ima.folder / forge
        assert ima(f"init --forge {forge} --project acme/incidents {forge}").code == 0
        known = set(re.findall(r'name: "?([\w: ]+?)"?,', (there / "labels.yml").read_text()))
        forms = sorted((there / f".{forge}").glob("*/*.yml" if forge == "github" else "*/*.md"))
        texts = [each.read_text() for each in forms if "TEMPLATE" in each.parent.name.upper()]
        labels = [
            set(yaml.safe_load(text)["labels"])
            if forge == "github"
            else set(re.findall(r'~"?([\w ]+?)"?(?= ~|$)', text, re.MULTILINE))
            for text in texts
        ]
        assert set().union(*labels) <= known
        named[forge] = labels
    secret = {"Incident", "Security"}  # confidential on GitLab alone
    assert sorted(map(sorted, named["github"])) == sorted(
        sorted(each) for each in named["gitlab"] if each != secret
    )


def test_check_finds_a_form_with_a_label_that_is_called_otherwise_now(ima: Ima) -> None:
    for forge in ("github", "gitlab"):
        ima(f"init --force --forge {forge} --project acme/incidents")
    ima.session = ima.fresh()
    assert ima("check").code == 0
    path = ima.folder / "labels.yml"
    text = path.read_text()
    path.write_text(text.replace("{name: Incident,", "{name: Outage, previously: [Incident],"))
    (ima.folder / ".github/ISSUE_TEMPLATE/bug.yml").write_text("name: Bug\nlabels: [bug, S2]\n")
    (ima.folder / ".github/ISSUE_TEMPLATE/odd.yml").write_text("labels: [\n")
    ima.session = ima.fresh()
    done = ima("check")
    assert done.code == 2
    assert ".github/ISSUE_TEMPLATE/incident.yml: labels.yml has no label 'Incident'" in done.err
    assert ".gitlab/issue_templates/Urgent incident.md: labels.yml has no label" in done.err
    assert "it is 'Outage' now" in done.err
    assert "bug.yml" not in done.err


@pytest.mark.parametrize(
    ("remote", "url", "project"),
    [
        ("git@gitlab.example:acme/a/b.git", "https://gitlab.example", "acme/a/b"),
        ("https://gitlab.com/acme/production.git", "", "acme/production"),
        ("https://ci:secret@git.example:8443/acme/x", "https://git.example:8443", "acme/x"),
        ("ssh://git@git.example:2222/acme/x.git", "https://git.example", "acme/x"),
        ("../elsewhere", "", "acme/production"),
    ],
)  # fmt: skip
def test_init_for_gitlab_takes_the_project_from_git(
    ima: Ima, remote: str, url: str, project: str
) -> None:
    (ima.folder / ".git").mkdir()
    (ima.folder / ".git" / "config").write_text(f'[remote "origin"]\n\turl = {remote}\n')
    on_gitlab(ima)
    assert (ima.session.policy.tracker.url, ima.session.policy.project) == (url, project)
    assert "secret" not in (ima.folder / "policy.yml").read_text()


def test_init_leaves_a_pipeline_alone_and_says_how_to_include_the_jobs(ima: Ima) -> None:
    (ima.folder / ".gitlab-ci.yml").write_text("build: {script: make}\n")
    for line in ("init --forge gitlab", "init --forge gitlab --force"):
        said = on_gitlab(ima, line)
        assert "! .gitlab-ci.yml is yours and stays as it is" in said
        assert "     include: [{local: .gitlab/ima.yml}]\n" in said
    assert (ima.folder / ".gitlab-ci.yml").read_text() == "build: {script: make}\n"
    jobs = (ima.folder / ".gitlab" / "ima.yml").read_text()
    assert jobs == (shipped_folder() / "templates" / "ci" / "gitlab.yml").read_text()


def test_init_beside_stages_of_ones_own_says_which_the_jobs_need(ima: Ima) -> None:
    (ima.folder / ".gitlab-ci.yml").write_text("stages: [build, deploy]\n")
    assert "and `test` to its `stages:`" in on_gitlab(ima)
    (ima.folder / ".gitlab-ci.yml").write_text("stages:\n- build\n- test\n")
    assert "stages" not in on_gitlab(ima)


def test_init_a_second_time_knows_its_own_pipeline(ima: Ima) -> None:
    on_gitlab(ima)
    (ima.folder / ".gitlab-ci.yml").open("a").write("more: {script: make}\n")
    assert "is yours" not in on_gitlab(ima)
    assert not (ima.folder / ".gitlab" / "ima.yml").exists()


def test_init_without_an_origin_says_which_project_it_took(ima: Ima) -> None:
    assert "! git knows no origin there: is the project in policy.yml yours?" in on_gitlab(ima)
    assert "no origin" not in on_gitlab(ima, "init --forge gitlab --project acme/x --force")


@pytest.mark.parametrize(("forge", "jobs"), [("github", ".github"), ("gitlab", ".gitlab-ci.yml")])
def test_init_inside_a_repository_knows_its_project_and_where_jobs_run(
    ima: Ima, forge: str, jobs: str
) -> None:
    (ima.folder / ".git").mkdir()
    url = f"git@{forge}.com:acme/shop.git"
    (ima.folder / ".git" / "config").write_text(f'[remote "origin"]\n\turl = {url}\n', "utf-8")
    said = ima(f"init --forge {forge} process").out
    assert "project: acme/shop" in (ima.folder / "process" / "policy.yml").read_text()
    assert "no origin" not in said
    assert f"root of the repository, {ima.folder.resolve()}:" in said
    assert f"move {jobs} there, and set IMA_OPTIONS to `--policy process/policy.yml`." in said
    assert "root of the repository" not in ima(f"init --forge {forge} --force").out


def test_init_for_github_writes_the_workflow_and_what_to_set(ima: Ima) -> None:
    (ima.folder / "policy.yml").unlink()
    done = ima("init --forge github --project acme/incidents")
    assert done.code == 0
    assert "+ .github/workflows/ima.yml\n+ SETUP.md\n" in done.out
    assert "3. SETUP.md says what to set in https://github.com/acme/incidents, and why:" in done.out
    ima.session = ima.fresh()
    policy = ima.session.policy
    assert (policy.tracker.kind, policy.project, policy.tracker.url) == (
        "github",
        "acme/incidents",
        "",
    )
    assert ima("check").code == 0
    workflow = (ima.folder / ".github" / "workflows" / "ima.yml").read_text()
    assert workflow == (shipped_folder() / "templates" / "ci" / "github.yml").read_text()
    page = (ima.folder / "SETUP.md").read_text()
    assert '"https://api.github.com/repos/acme/incidents/dispatches"' in page
    assert "@URL@" not in page


def test_the_forms_of_a_gitlab_that_pages_open_its_incidents(ima: Ima) -> None:
    text = POLICY.replace("kind: local", "kind: gitlab, issue_type: incident")
    ima.policy(f"{text}pager: {{kind: gitlab}}\n")
    folder = ima.folder / ".gitlab" / "issue_templates"
    assert ima("init --forge gitlab").code == 0
    promoting = {path.stem for path in folder.iterdir() if "/promote_to_inc" in path.read_text()}
    assert promoting == {"Incident", "Urgent incident", "Security incident", "Drill"}
    ima.session = ima.fresh()
    assert ima("check").code == 0
    (folder / "Incident.md").write_text("What is wrong?\n\n/label ~Incident\n")
    done = ima("check")
    assert (done.code, "write a line `/promote_to_incident` into it" in done.err) == (2, True)
    ima.policy(text)
    assert ima("check").code == 0


def test_where_a_team_is_on_call_the_jobs_ask_to_see_it(ima: Ima) -> None:
    said = "version: 1\ntracker: {kind: github, project: acme/x}\nroles:\n  eoc: {on_call: %s\n"
    for whom, asked in (("erin}  # '@acme/oncall'", 0), ("'@acme/oncall'}", 2)):
        ima.policy(said % whom)
        for name in ("SETUP.md", ".github/workflows/ima.yml"):
            (ima.folder / name).unlink(missing_ok=True)
        assert ima("init --forge github").code == 0
        page = (ima.folder / "SETUP.md").read_text()
        workflow = (ima.folder / ".github" / "workflows" / "ima.yml").read_text()
        line = "\n          permission-members: read"
        assert (workflow.count(line), page.count(line)) == (asked, asked // 2)


@pytest.mark.parametrize(
    ("remote", "url", "project"),
    [
        ("git@github.com:acme/x.git", "", "acme/x"),
        ("https://github.com/acme/x", "", "acme/x"),
        ("https://acme.ghe.com/acme/x.git", "https://acme.ghe.com", "acme/x"),
        ("https://git.example/acme/x.git", "https://git.example", "acme/x"),
        ("https://git.example/acme/deep/x.git", "https://git.example", "acme/production"),
        ("../elsewhere", "", "acme/production"),
        ("git@gitlab.com:acme/x.git", "", "acme/production"),  # it would be sent GitHub's token
    ],
)
def test_init_for_github_takes_the_repository_from_git(
    ima: Ima, remote: str, url: str, project: str
) -> None:
    (ima.folder / ".git").mkdir()
    (ima.folder / ".git" / "config").write_text(f'[remote "origin"]\n\turl = {remote}\n')
    assert ima("init --forge github --force").code == 0
    ima.session = ima.fresh()
    api = {"https://acme.ghe.com": "https://api.acme.ghe.com"}.get(url, url and f"{url}/api/v3")
    assert (ima.session.policy.tracker.url, ima.session.policy.project) == (api, project)
    address = f"{url or 'https://github.com'}/{project}/settings/actions"
    assert address in (ima.folder / "SETUP.md").read_text()


@pytest.mark.parametrize(
    "line",
    [
        "init --forge gitlab --project x",
        "init --forge github --project a/b/c",
        "init --forge github --project ../x",
        "init --forge gitlab --project acme/..",
        "init --project a/b",
    ],
)
def test_init_of_a_project_that_is_none(ima: Ima, line: str) -> None:
    done = ima(line)
    assert done.code == 2
    assert done.err.startswith("--project")


def test_init_where_one_may_not_write(ima: Ima) -> None:
    done = ima("init policy.yml")
    assert done.code == 2
    assert done.err.splitlines()[1] == "  name a folder that you may write"


# check


def test_check_without_any_file(ima: Ima) -> None:
    (ima.folder / "policy.yml").unlink()
    done = ima("check")
    assert done.out.startswith("There is no policy.yml here; what ima ships holds. policy.yml, ")


def test_check_tells_all_mistakes_at_once(ima: Ima) -> None:
    templates = ima.folder / "templates"
    templates.mkdir()
    (templates / "mine.md.j2").write_text("fine\n{% if %}")
    ima.policy("version: 1\nroon: x\nrules: [{name: a}]\n")
    done = ima("check")
    assert (done.code, done.out) == (2, "")
    assert "policy.yml:2: " in done.err
    assert "templates/mine.md.j2:2: " in done.err
    assert "did you mean 'room'?" in done.err


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("card.md.j2", "{{ card.owner }}\n{{ crad.state }}", "card.md.j2:2: 'crad' is undefined"),
        ("card.md.j2", "{{ card.owners }}", "card.md.j2:1: 'dict object' has no attribute"),
        ("card.md.j2", "{% if false %}\n{{ nope }}{% endif %}", "card.md.j2:2: 'nope' is"),
        ("comments/kept.md.j2", "{{ who }}\n\n{{ role }}", "kept.md.j2:3: 'role' is undefined"),
        ("checklists/eoc.md.j2", "{{ card.state | louder }}", "eoc.md.j2:1: No filter named"),
        ("near_miss.md.j2", "{{ card.state }}", "near_miss.md.j2:1: 'card' is undefined"),
        ("comments/ask_lunch.md.j2", "{{ whom }} {{ who }}", "ask_lunch.md.j2:1: 'who' is"),
        ("dashboard.md.j2", "{% for row in activ %}{% endfor %}", "'activ' is undefined"),
        ("site/mine.html.j2", "{% for %}", "site/mine.html.j2:1: "),
    ],
)
def test_mistakes_of_templates_have_file_and_line(
    ima: Ima, name: str, text: str, problem: str
) -> None:
    path = ima.folder / "templates" / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    done = ima("check")
    assert done.code == 2
    assert problem in done.err
    assert done.err.startswith("templates/")
    assert done.err.splitlines()[1] == "  the names that a template may use are in docs/policy.md"


def test_below_templates_only_what_is_called_j2_is_one(ima: Ima) -> None:
    (ima.folder / "templates" / "ima").mkdir(parents=True)
    (ima.folder / "templates" / "ima" / "template.yml").write_text("{{ no template at all")
    assert ima("check").code == 0


def test_a_template_that_ima_knows_nothing_of_is_fine(ima: Ima) -> None:
    (ima.folder / "templates").mkdir()
    (ima.folder / "templates" / "footer.md.j2").write_text("{{ anything }}")
    assert ima("check").code == 0


def test_every_shipped_template_is_rendered_with_the_names_it_will_get(ima: Ima) -> None:
    texts = read_templates(shipped_folder() / "templates")
    addition = "{{ nobody_says_this }}"

    def mistaken(broken: Collection[str]) -> set[str]:
        changed = {name: text + addition * (name in broken) for name, text in texts.items()}
        found = check_templates(ima.session.policy, changed)
        return {
            name for name in broken for m in found if m.problem.startswith(f"templates/{name}:")
        }

    alone = set(texts) - mistaken(texts)  # what others include hides behind their mistakes
    assert {name for name in alone if mistaken([name])} == alone


def test_the_shipped_templates_are_fine_as_a_copy(ima: Ima) -> None:
    shutil.copytree(shipped_folder() / "templates", ima.folder / "templates")
    shutil.copy(shipped_folder() / "labels.yml", ima.folder)
    done = ima("check")
    assert done.err == ""
    assert "labels.yml and " in done.out


# schema, policy show


def test_schema(ima: Ima) -> None:
    assert json.loads(ima("schema").out)["title"] == "ima policy"


def test_policy_show_says_where_each_value_was_written(ima: Ima) -> None:
    out = ima("policy show").out
    assert any("on_call: erin" in line and "policy.yml:4" in line for line in out.splitlines())
    data = ima("policy show --format json").json
    assert data["policy"]["roles"]["eoc"]["on_call"] == "erin"
    assert data["origins"]["roles.eoc.on_call"].endswith("policy.yml:4")


# labels sync


def test_a_new_tracker_has_the_labels_of_the_policy(ima: Ima) -> None:
    assert ima("labels sync --check").code == 0
    names = {label.name for label in ima.session.tracker.labels()}
    assert names == {entry.name for entry in ima.session.policy.labels}


def without_labels(ima: Ima) -> None:
    for label in ima.session.tracker.labels():
        ima.session.tracker.delete_label(label.name)


def test_labels_sync(ima: Ima) -> None:
    without_labels(ima)
    todo = ima("labels sync --check")
    assert todo.code == 3
    assert "+ create label 'Incident' (d9534f)" in todo.out
    assert ima.session.tracker.labels() == []
    assert ima("labels sync").code == 0
    assert ima("labels sync --check").code == 0
    assert ima("labels sync").out == "The labels are as in labels.yml.\n"
    names = {label.name for label in ima.session.tracker.labels()}
    assert names == {entry.name for entry in ima.session.policy.labels}


def test_a_label_of_somebody_else_is_kept_until_adopted(ima: Ima) -> None:
    ima("labels sync")
    ima.session.tracker.change_label("S1", Label("S1", "000000", "ours", ours=False))
    assert ima("labels sync --check").code == 0
    assert "~ change label 'S1'" in ima("labels sync --adopt").out


def test_many_labels_need_to_be_allowed(ima: Ima) -> None:
    ima.policy((ima.folder / "policy.yml").read_text() + "limits: {changes: 3}\n")
    without_labels(ima)
    refused = ima("labels sync")
    assert refused.code == 2
    assert "`ima labels sync --allow-many`" in refused.err
    assert ima("labels sync --check").code == 3
    assert ima("labels sync --allow-many").code == 0
