"""The same for programs and at the command line, where nobody decides."""

import json

import pytest
from click.testing import CliRunner

from archive_service.app import create_app
from archive_service.approvals import RequestState
from archive_service.approvals.cli import approvals as commands
from archive_service.approvals.web import register_kind
from archive_service.kernel.actor import Actor
from archive_service.people import Role, Scope, actor_for
from archive_service.web import set_actor_loader
from tests.approvals.keys import KeyRoom


def test_a_program_reads_comments_and_withdraws_and_never_decides(
    room: KeyRoom, chen: Actor, wang: Actor
) -> None:
    app = create_app(room.house.archive)
    register_kind(app, room.keys, lambda row: "")
    request = room.asks(chen, "night")
    looking: list[Actor] = []
    set_actor_loader(app, lambda: looking[0])
    client, at = app.test_client(), f"/api/v1/approvals/{request}"

    def comes(who: Actor, role: Role) -> None:
        assert who.user_id is not None
        looking[:] = [actor_for(who.user_id, who.name, [role], via="api", scopes=list(Scope))]

    comes(wang, Role.SC_MANAGER)
    refused = client.post(f"{at}/decision", json={"approve": True, "revision": 1})
    assert refused.status_code == 403
    assert room.row(request).revision == 1
    assert client.post(f"{at}/comments", json={"body": "几点还？"}).json["revision"] == 2
    comes(chen, Role.ARCHIVIST)
    told = client.get(at).json
    assert (told["state"], told["waits_for"], [c["body"] for c in told["comments"]]) == (
        "waiting",
        "sc_manager",
        ["几点还？"],
    )
    assert [one["id"] for one in client.get("/api/v1/approvals?show=mine").json["approvals"]] == [request]
    assert client.post(f"{at}/withdrawal", json={"revision": 1}).status_code == 409
    assert client.post(f"{at}/withdrawal", json={"revision": 2}).json["state"] == "withdrawn"
    assert client.post(f"{at}/withdrawal", json={}).status_code == 409
    chains = client.get("/api/v1/approval-chains").json["chains"]
    assert {"role": "archive_head", "deciders": 1} in next(c for c in chains if c["case"] == "night")["steps"]


@pytest.mark.parametrize("as_json", [False, True])
def test_the_commands_tell_what_waits_and_who_approves(
    room: KeyRoom, chen: Actor, wang: Actor, as_json: bool
) -> None:
    waiting, done = room.asks(chen), room.asks(chen, key=2)
    room.decides(wang, done)
    assert room.row(done).state is RequestState.APPROVED

    def told(*words: str) -> str:
        flag = ("--json",) if as_json else ()
        result = CliRunner().invoke(commands, [*words, *flag], obj=room.house.archive)
        assert result.exit_code == 0, result.output
        return result.output

    listed = told("list", "--waiting")
    assert "库房钥匙 1 号" in listed and "库房钥匙 2 号" not in listed
    assert "库房钥匙 2 号" in told("list")
    assert "库房钥匙 1 号" in told("list", "--waiting", "--as", "王")
    assert "could_decide" in told("show", str(waiting))
    chains = told("chains")
    assert "archive_head" in chains
    if as_json:
        assert json.loads(listed)[0]["id"] == waiting
    assert CliRunner().invoke(commands, ["show", "999"], obj=room.house.archive).exit_code == 1
