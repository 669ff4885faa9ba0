import pytest
from sqlalchemy import event

from archive_service.kernel.levels import Level
from archive_service.people import Scope
from tests.api.conftest import DOCUMENTS, Caller, Calls
from tests.support.house import House

# What each role sees of a paper, by its level and class: the view table.
SEES = {
    "front_desk": {"PUBLIC": "download", "INTERNAL": "view", "PERSONAL": "masked"},
    # Confidential papers open to them for a reason; who files sees what waits for filing without one.
    "archivist": {**dict.fromkeys(Level, "download"), "CONFIDENTIAL": "view", "SENSITIVE": "view"},
    "sc_manager": {**dict.fromkeys(Level, "download"), "CONFIDENTIAL": "facts", "SENSITIVE": "facts"},
    "cashier": {"PUBLIC": "download", "INTERNAL": "view"},
    "engineering": {"PUBLIC": "download", "INTERNAL": "view"},
    "auditor": {
        "PUBLIC": "view",
        "INTERNAL": "view",
        "PERSONAL": "facts",
        "CONFIDENTIAL": "facts",
        "SENSITIVE": "facts",
    },
}


def test_everybody_sees_what_the_view_table_says_and_nothing_more(house: House, calls: Calls) -> None:
    # Public papers of WS.02; any level may stand above its class's.
    papers = {
        level: house.paper(
            title=f"{level} 13812345678", class_code="WS.02", level=level, pages=["电话 13812345678"]
        )
        for level in Level
    }
    for role, seen in SEES.items():
        program = calls(house.person(role.replace("_", "-"), role))
        listed = program.get(DOCUMENTS).json
        assert {d["level"]: d["sees"] for d in listed["documents"]} == seen, role
        assert listed["total"] == len(seen)
        for level, paper in papers.items():
            at = f"{DOCUMENTS}/{paper}"
            sees = seen.get(level)
            assert program.get(at).status_code == (200 if sees else 404)
            assert program.get(f"{at}/versions").status_code == (200 if sees else 404)
            pages = {None: 404, "facts": 403}.get(sees, 200)
            for address in ("pages", "pages/1/text", "text", "versions/1/pages", "versions/1/pages/1/text"):
                answer = program.get(f"{at}/{address}")
                assert answer.status_code == pages
                assert pages == 200 or "电话" not in answer.text
            if sees:
                digests = {program.get(at).json["sha256"]}
                digests |= {one["sha256"] for one in program.get(f"{at}/versions").json["versions"]}
                # A digest would tell whether a file that one has is this very paper.
                assert digests == {None if sees in ("facts", "masked") else house.document(paper).digest}
            if pages == 200:
                shown = "电话 138****5678" if sees == "masked" else "电话 13812345678"
                assert program.get(f"{at}/text").json["pages"][0]["text"] == shown
            allowed = {None: 404, "download": 200}.get(sees, 403)
            assert program.get(f"{at}/versions/1/content").status_code == allowed
            assert "13812345678" not in program.get(at).text


def test_the_administrator_of_the_machine_sees_no_paper(house: House, calls: Calls) -> None:
    paper = house.paper(class_code="WS.02", pages=["x"])
    admin = calls(house.person("root", "it_admin"))
    for path in (DOCUMENTS, f"{DOCUMENTS}/{paper}", f"{DOCUMENTS}/{paper}/text", "/api/v1/search?q=x"):
        assert admin.get(path).status_code == 403


def test_a_token_carries_no_more_than_its_scopes(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    writer = calls(chen, Scope.WRITE)
    received = writer.brings(b"bytes")
    assert received.status_code == 201
    assert writer.get(DOCUMENTS).status_code == 403
    assert writer.get(received.json["links"]["self"]).status_code == 403
    reader = calls(chen, Scope.READ)
    assert reader.get(received.json["links"]["self"]).status_code == 200
    assert reader.patch(received.json["links"]["self"], json={"title": "x", "revision": 1}).status_code == 403


def test_lists_are_filtered_sorted_and_paged(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    for number in range(7):
        house.clock.passes(minutes=1)
        code = "WS.02" if number % 2 else "YZ.01"
        house.paper(chen, title=f"{9 - number}", class_code=code, doc_date=f"2026-0{number + 1}")
    house.paper(title="unclassed", level=Level.INTERNAL)
    program = calls(chen)

    def titles(query: str) -> list[str]:
        answer = program.get(f"{DOCUMENTS}?{query}")
        assert answer.status_code == 200
        return [one["title"] for one in answer.json["documents"]]

    assert titles("class=YZ&sort=oldest") == ["9", "7", "5", "3"]
    assert titles("class=YZ.01&sort=title&size=2&page=2") == ["7", "9"]
    assert titles("class=WS.02&sort=date") == ["4", "6", "8"]
    assert titles("unclassified=true") == ["unclassed"]
    assert titles("mine=true&size=1") == ["3"]
    assert titles("state=searchable") == []
    assert program.get(f"{DOCUMENTS}?class=YZ&size=2").json["total"] == 4


@pytest.mark.parametrize("rows", [3, 30])
def test_a_list_takes_the_same_few_statements_however_long(house: House, calls: Calls, rows: int) -> None:
    chen = house.person("chen", "archivist")
    for _ in range(rows):
        house.paper(chen, pages=["x"])
    program = calls(chen)
    program.get(f"{DOCUMENTS}?size=1")  # notes the use of the token, once a minute
    statements: list[str] = []
    event.listen(
        house.archive.sessions.engine,
        "before_cursor_execute",
        lambda _c, _cur, statement, *_: statements.append(statement),
    )
    answer = program.get(f"{DOCUMENTS}?size=100")
    assert len(answer.json["documents"]) == rows
    assert len([s for s in statements if s.startswith("SELECT")]) == 6  # the token: 4, the list: 2


def _revision(program: Caller, at: str) -> int:
    revision = program.get(at).json["revision"]
    assert isinstance(revision, int)
    return revision


def test_a_description_is_changed_in_what_is_sent_and_only_there(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    at = f"{DOCUMENTS}/{house.paper(chen, title='旧', unit='3-1201', owner='张三')}"
    program = calls(chen)
    before = program.get(at)
    assert before.headers["ETag"] == '"1"'
    after = program.patch(at, json={"revision": 1, "title": "新", "owner": "", "doc_date": None})
    assert after.status_code == 200
    changed = {"title": "新", "owner": "", "revision": 2}
    assert after.json == {**before.json, **changed}
    assert after.headers["ETag"] == '"2"'


def test_a_masked_title_sent_back_does_not_overwrite_the_true_one(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    paper = house.paper(chen, title="联系电话 13812345678")
    program = calls(chen)
    shown = program.get(f"{DOCUMENTS}/{paper}").json
    program.patch(f"{DOCUMENTS}/{paper}", json={"revision": 1, "title": shown["title"], "unit": "3-1201"})
    assert house.document(paper).title == "联系电话 13812345678"
    assert house.document(paper).unit == "3-1201"


def test_who_comes_second_is_told_so(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    at = f"{DOCUMENTS}/{house.paper(chen)}"
    program = calls(chen)
    assert program.patch(at, json={"title": "first"}, headers={"If-Match": '"1"'}).status_code == 200
    late = program.patch(at, json={"title": "second"}, headers={"If-Match": '"1"'})
    assert (late.status_code, late.json["code"]) == (412, "document.stale")
    late = program.patch(at, json={"title": "second", "revision": 1})
    assert (late.status_code, late.json["code"]) == (409, "document.stale")
    blind = program.patch(at, json={"title": "second"})
    assert (blind.status_code, blind.json["code"]) == (428, "document.needs-revision")
    endless = "9" * 5_000  # more digits than Python makes a number of
    for tags in ('"x"', '"1", "2"', "*", 'W/"2"', f'"{endless}"', endless):
        assert program.patch(at, json={"title": "x"}, headers={"If-Match": tags}).status_code in (412, 428)
    assert program.get(at).json["title"] == "first"


def test_fields_that_nobody_asked_for_change_nothing(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    at = f"{DOCUMENTS}/{house.paper(chen)}"
    program = calls(chen)
    before = program.get(at).data
    for name in ("role", "owner_id", "approved_by", "retention_until", "state", "discarded_at", "id"):
        for value in (True, 1, "x", ["x"], None, {"$ne": 1}):
            refused = program.patch(at, json={"revision": 1, "title": "x", name: value})
            assert (refused.status_code, refused.json["code"]) == (400, "invalid.unknown-field")
    for value in (True, 1, ["x"], {"a": 1}):
        assert program.patch(at, json={"revision": 1, "title": value}).status_code == 422
    for value in (True, "1", 1.5, 1.0, [1]):
        assert program.patch(at, json={"revision": value, "title": "x"}).status_code == 422
    assert program.get(at).data == before


def test_levels_are_not_lowered_here(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    at = f"{DOCUMENTS}/{house.paper(chen, class_code='YZ.01', level=Level.SENSITIVE)}"
    program = calls(chen)
    refused = program.patch(at, json={"revision": 1, "level": "PERSONAL"})
    assert (refused.status_code, refused.json["code"]) == (403, "document.level-too-low")
    assert _revision(program, at) == 1


def test_a_class_is_not_taken_away_here(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    at = f"{DOCUMENTS}/{house.paper(chen, class_code='YZ.01')}"
    program = calls(chen)
    for code in ("", None, " "):
        refused = program.patch(at, json={"revision": 1, "class_code": code, "level": "PUBLIC"})
        assert (refused.status_code, refused.json["code"]) == (409, "document.class-is-kept")
    assert program.get(at).json["class_code"] == "YZ.01"


def test_a_masked_number_sent_back_within_other_words_is_put_back(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    paper = house.paper(chen, title="联系电话 13812345678")
    program = calls(chen)
    shown = program.get(f"{DOCUMENTS}/{paper}").json["title"]
    sent = program.patch(f"{DOCUMENTS}/{paper}", json={"revision": 1, "title": f"业主{shown}"})
    assert sent.status_code == 200
    assert house.document(paper).title == "业主联系电话 13812345678"
    refused = program.patch(f"{DOCUMENTS}/{paper}", json={"revision": 2, "owner": "139****5678"})
    assert (refused.status_code, refused.json["code"]) == (422, "document.covered-number")
    assert refused.json["field"] == "owner"
    assert "in full" in refused.json["detail"]


def test_a_discarded_draft_is_gone_for_programs_too(house: House, calls: Calls) -> None:
    from archive_service import records

    chen = house.person("chen", "archivist")
    paper = house.paper(chen, pages=["x"])
    with house.work(chen) as work:
        records.discard(work, paper)
    program = calls(chen)
    for path in ("", "/versions", "/versions/1/content", "/pages", "/pages/1/text", "/text"):
        assert program.get(f"{DOCUMENTS}/{paper}{path}").status_code == 404
    assert program.get(DOCUMENTS).json["total"] == 0
