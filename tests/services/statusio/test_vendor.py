"""The vendor's own client, against our counterpart and beside our client.

It is a development dependency only: in unattended jobs it is not safe (services.md, 1.7).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import requests

from automation.services.post_once import post_once
from tests.counterparts.small import Logged, SmallServer
from tests.counterparts.statusio import ID, KEY, StatusIo
from tests.counterparts.statusio_page import PAGE
from tests.services.statusio.life import END, ISSUE, notice, page, pair

statusio = pytest.importorskip("statusio")


@pytest.fixture
def vendor(counterpart: StatusIo, server: SmallServer) -> Any:
    counterpart.seconds = None  # it knows no pace
    return statusio.Api(ID, KEY, base_url=server.url)


def test_it_can_drive_the_counterpart(counterpart: StatusIo, vendor: Any) -> None:
    parts = vendor.ComponentList(PAGE)["result"]
    web = f"{parts[0]['_id']}-{parts[0]['containers'][0]['_id']}"
    made = vendor.IncidentCreate(PAGE, [web], "Web is slow", "We look.", 300, 100, social="1")
    assert made["status"] == {"error": "no", "message": "OK"}
    assert len(made["result"]) == 24
    listed = vendor.IncidentList(PAGE)["result"]
    assert [row["_id"] for row in listed["active_incidents"]] == [made["result"]]
    assert vendor.IncidentListByID(PAGE)["result"]["active_incidents"] == [made["result"]]
    assert vendor.StatusSummary(PAGE)["result"]["status_overall"]["status_code"] == 300
    assert vendor.IncidentUpdate(PAGE, made["result"], "We know.", 300, 200)["result"] is True
    [row] = vendor.IncidentSingle(PAGE, made["result"])["result"]
    one = vendor.IncidentMessage(PAGE, row["messages"][0]["_id"])["result"]
    assert (one["details"], one["state"]) == ("We know.", 200)
    assert vendor.IncidentResolve(PAGE, made["result"], "Over.", 100, 300)["result"] is True
    assert counterpart.incidents()[0].resolved
    said = vendor.IncidentDelete(PAGE, made["result"])
    assert said["status"]["message"] == "Successfully deleted incident"
    assert counterpart.incidents() == []
    update = vendor.ComponentStatusUpdate(PAGE, "no such", "thing", "?", 300)
    assert update["result"] is True  # as the service: ids have to be known before


def test_what_the_counterpart_refuses(server: SmallServer, vendor: Any) -> None:
    refused = {"error": "yes", "message": "Invalid infrastructure_affected"}
    wrong = vendor.IncidentCreate(PAGE, ["no-such"], "Web is slow", "We look.", 300, 100)
    assert wrong["status"] == refused
    wrong = vendor.IncidentUpdate(PAGE, "0" * 24, "We look.", 300, 100)
    assert wrong["status"]["error"] == "yes"
    for missing in ("notify_webhook", "social"):
        data = {"statuspage_id": PAGE, "incident_id": "0" * 24, "incident_details": "We look."}
        flags = dict.fromkeys(("notify_email", "notify_sms", "notify_webhook", "social"), "0")
        del flags[missing]
        headers = {"x-api-id": ID, "x-api-key": KEY}
        url = f"{server.url}/v2/incident/update"
        answer = requests.post(url, json=data | flags, headers=headers, timeout=5)
        assert answer.status_code == 200
        assert answer.json()["status"] == {"error": "yes", "message": f"Missing {missing}"}


def test_ours_and_the_vendors_requests_are_the_same(server: SmallServer, vendor: Any) -> None:
    """The same three acts. Nothing differs: not the fields, their types, headers or addresses."""
    web = [pair(server, "Web", "EU"), pair(server, "Web", "US")]
    post_once(page(server), notice())
    post_once(page(server), notice("We watch it.", "Monitoring", "Operational"))
    id_, _ = post_once(page(server), END)
    ours = list(server.requests("POST"))
    heard = {"notify_email": "1", "slack": "1"}
    vendor.IncidentCreate(
        PAGE, web, "Incident: Web", f"Pages do not load.\n\n{ISSUE}", 500, 100, **heard
    )
    made = vendor.IncidentListByID(PAGE)["result"]["active_incidents"][-1]
    vendor.IncidentUpdate(PAGE, made, f"We watch it.\n\n{ISSUE}", 100, 300, **heard)
    vendor.IncidentResolve(PAGE, made, f"All is well.\n\n{ISSUE}", 100, 300, **heard)
    theirs = list(server.requests("POST"))[len(ours) :]
    assert [one(each, id_) for each in ours] == [one(each, made) for each in theirs]
    assert len(ours) == 3


def test_ours_and_the_vendors_questions_are_the_same(server: SmallServer, vendor: Any) -> None:
    page(server).unknown()
    page(server).active()
    page(server).overall()
    ours = list(server.log)
    vendor.ComponentList(PAGE)
    vendor.IncidentList(PAGE)
    vendor.StatusSummary(PAGE)
    theirs = list(server.log)[len(ours) :]
    assert [one(each) for each in ours] == [one(each) for each in theirs]


def one(request: Logged, id_: str = "") -> tuple[str, str, Any, Mapping[str, str]]:
    """A request, but for the id of the incident and what belongs to the library."""
    data = json.loads(request.body) if request.body else None
    if data and "incident_id" in data:
        assert data.pop("incident_id") == id_
    kept = ("x-api-id", "x-api-key", "content-type")
    headers = {name: value for name, value in request.headers.items() if name in kept}
    return request.method, request.target, data, headers
