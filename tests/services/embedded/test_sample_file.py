"""The embedded metrics: samples from a JSON file."""

from __future__ import annotations

from math import isnan
from pathlib import Path

import pytest

from automation.errors import ServiceError
from automation.model.issue import Sample
from automation.policy.policy import Service
from automation.services.embedded.sample_file import FileMetrics
from tests.build import at

WEB, API = Service(name="web"), Service(name="api")


def test_samples_of_the_services_that_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "samples.json"
    path.write_text(
        '{"web": {"errors": [["2026-03-02T12:01:00Z", 0.5], ["2026-03-02T13:02:00+01:00", "1"]]},'
        ' "git": {"errors": 7}}'
    )
    assert FileMetrics(path).samples([WEB, API], at(0)) == {
        "web": {"errors": [Sample(at(1), 0.5), Sample(at(2), 1.0)], "apdex": []}
    }


@pytest.mark.parametrize("value", ["NaN", '"NaN"'])
def test_what_is_no_number_is_a_sample(tmp_path: Path, value: str) -> None:
    path = tmp_path / "samples.json"
    path.write_text(f'{{"web": {{"apdex": [["2026-03-02T12:01:00Z", {value}]]}}}}')
    (sample,) = FileMetrics(path).samples([WEB], at(0))["web"]["apdex"]
    assert isnan(sample.value)


def test_no_file_is_no_samples(tmp_path: Path) -> None:
    assert FileMetrics(tmp_path / "none.json").samples([WEB], at(0)) == {}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="no JSON"),
        pytest.param("[" * 100_000, id="a riddle"),
        pytest.param("[]", id="a list"),
        pytest.param('{"web": []}', id="a service that is a list"),
        pytest.param('{"web": {"errors": null}}', id="no list"),
        pytest.param('{"web": {"errors": [1]}}', id="no pair"),
        pytest.param('{"web": {"errors": [["2026-03-02T12:01:00Z"]]}}', id="no value"),
        pytest.param('{"web": {"errors": [["2026-03-02T12:01:00Z", null]]}}', id="null"),
        pytest.param('{"web": {"errors": [["2026-03-02T12:01:00Z", true]]}}', id="true"),
        pytest.param('{"web": {"errors": [["2026-03-02T12:01:00Z", "high"]]}}', id="a word"),
        pytest.param('{"web": {"errors": [["2026-03-02T12:01:00", 1]]}}', id="no zone"),
        pytest.param('{"web": {"errors": [["noon", 1]]}}', id="no time"),
        pytest.param('{"web": {"errors": [[1772452860, 1]]}}', id="seconds"),
    ],
)
def test_garbage_is_an_error_that_says_what_to_write(tmp_path: Path, text: str) -> None:
    path = tmp_path / "samples.json"
    path.write_text(text)
    with pytest.raises(ServiceError) as refused:
        FileMetrics(path).samples([WEB], at(0))
    assert str(path) in refused.value.problem
    assert refused.value.remedy.startswith('write it as {"web": ')


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"reading .* failed: Is a directory"):
        FileMetrics(tmp_path).samples([WEB], at(0))
