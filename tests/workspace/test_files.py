from __future__ import annotations

from pathlib import Path

import pytest

from automation.errors import PolicyError
from automation.workspace import files

case = pytest.param
ROOT = Path(__file__).parents[2]


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_without_any_file_there_is_what_ima_ships(tmp_path: Path) -> None:
    found = files.read(folder=tmp_path)
    assert found.user is None
    assert found.shipped.text == (ROOT / "base/policy.yml").read_text(encoding="utf-8")
    assert found.labels.text == (ROOT / "base/labels.yml").read_text(encoding="utf-8")


def test_policy_yml_of_the_folder_is_found(tmp_path: Path) -> None:
    found = files.read(folder=write(tmp_path, policy_yml="room: x", labels_yml="[]"))
    assert found.user
    assert found.user.text == "room: x"
    assert found.labels.text == "[]"


def test_labels_are_looked_up_beside_the_policy(tmp_path: Path) -> None:
    write(tmp_path, my__policy_yml="room: x", labels_yml="[]")
    assert files.read(tmp_path / "my" / "policy.yml").labels.text != "[]"


def test_own_templates_stand_over_the_shipped_ones(tmp_path: Path) -> None:
    write(tmp_path, policy_yml="", templates__comments__new_md_j2="mine", templates___hidden="x")
    found = files.read(folder=tmp_path)
    assert found.templates["comments/new.md.j2"] == "mine"
    assert set(found.templates) >= set(files.read_templates(ROOT / "templates"))
    assert ".hidden" not in found.templates


def test_the_shipped_file_itself_is_not_merged_over_itself() -> None:
    found = files.read(ROOT / "base" / "policy.yml")
    assert found.user is None
    assert found.shipped.file == str(ROOT / "base" / "policy.yml")


@pytest.mark.parametrize(
    ("name", "problem", "remedy"),
    [
        case("policy.yaml", "its name is not policy.yml", "call it policy.yml", id="yaml"),
        case(
            "process/policy.yml",
            "there is no policy.yml here, but there is process/policy.yml",
            "say `--policy process/policy.yml`",
            id="in process",
        ),
        case(
            "../policy.yml",
            "there is no policy.yml here, but there is ../policy.yml",
            "say `--policy ../policy.yml`",
            id="above",
        ),
        case(
            "process/policy.yaml",
            "process/policy.yaml: its name is not policy.yml",
            "call it policy.yml",
            id="yaml in process",
        ),
        case("../policy.yaml", "../policy.yaml: its name is not", "call it", id="yaml above"),
    ],
)
def test_a_policy_elsewhere_is_not_passed_over(
    tmp_path: Path, name: str, problem: str, remedy: str
) -> None:
    here = tmp_path / "here"
    (here / "process").mkdir(parents=True)
    (here / name).write_text("version: 1")
    (tmp_path / ".git").mkdir()
    with pytest.raises(PolicyError) as error:
        files.read(folder=here)
    assert problem in error.value.problem
    assert remedy in error.value.remedy


def test_a_policy_above_the_repository_is_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "here" / ".git").mkdir(parents=True)
    (tmp_path / "policy.yml").write_text("version: 1")
    assert files.read(folder=tmp_path / "here").user is None


def test_labels_of_another_name_are_not_passed_over(tmp_path: Path) -> None:
    write(tmp_path, policy_yml="room: x", labels_yaml="[]")
    with pytest.raises(PolicyError, match=r"labels.yaml: its name is not labels.yml"):
        files.read(folder=tmp_path)


def test_nothing_of_the_company_of_the_handbook_is_in_what_ima_ships(tmp_path: Path) -> None:
    bare = files.read(folder=tmp_path)
    policy = bare.policy()
    assert (policy.services, policy.room, policy.chat.channel, policy.chat.groups) == (
        {},
        "",
        "",
        {},
    )
    assert policy.labels.values("service") == ()
    files_of_ima = {"policy": bare.shipped.text, "labels": bare.labels.text, **bare.templates}
    for word in ("meet.example", "Berlin", "acme", "#production", "Registry"):
        assert [name for name, text in files_of_ima.items() if word in text] == []


def test_the_policy_of_this_repository_is_the_example(tmp_path: Path) -> None:
    example, own = files.read(folder=tmp_path).over_the_example(), files.read(folder=ROOT)
    assert [each.text for each in example.layers] == [each.text for each in own.layers]
    assert example.policy().labels.entries == own.policy().labels.entries
    assert example.policy().digest == own.policy().digest
    assert list(example.policy().services) == ["web", "api", "git", "pages", "registry"]


def test_a_service_has_a_label_where_nobody_wrote_any_labels(tmp_path: Path) -> None:
    write(
        tmp_path, policy_yml='services: {shop: {component: Shop}, pay: {}, x: {component: "a,b"}}'
    )
    labels = files.read(folder=tmp_path).policy().labels
    names = [labels.name("service", name) for name in ("shop", "pay", "x")]
    assert names == ["Service::Shop", "Service::pay", "Service::x"]
    write(tmp_path, labels_yml=(ROOT / "base/labels.yml").read_text())
    assert files.read(folder=tmp_path).policy().labels.values("service") == ()


@pytest.mark.parametrize(
    ("content", "problem", "remedy"),
    [
        case(None, "there is no such file", "check the path, or run `ima init`", id="missing"),
        case(b"a: 1\nb: \xff", ":2: not UTF-8", "save the file as UTF-8", id="another encoding"),
        case(b"a" * 1_000_001, "longer than 1 MB", "is it the right one?", id="a megabyte"),
    ],
)
def test_files_that_cannot_be_read(
    tmp_path: Path, content: bytes | None, problem: str, remedy: str
) -> None:
    path = tmp_path / "mine.yml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PolicyError) as error:
        files.read(path)
    first, second = str(error.value).split("\n")
    assert first.startswith(str(path))
    assert problem in first
    assert remedy in second


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"cannot be read.*\n  it must be a file"):
        files.read(tmp_path)


def test_no_path_gives_a_traceback() -> None:
    with pytest.raises(PolicyError, match="not a path\n  check the path"):
        files.read(Path("a\0b"))


def test_windows_line_ends_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert files.read_text(path).text == "a: 1\nb: 2\n"
