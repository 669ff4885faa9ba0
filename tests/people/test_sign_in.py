from archive_service.bootstrap import Archive
from archive_service.people.rules.roles import Role
from tests.people.visitor import PASSWORD, Visitor, add_person


def test_a_person_signs_in_and_out(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    assert visitor.get("/").location == "/sign-in"
    answer = visitor.sign_in("Chen ")
    assert (answer.status_code, answer.location) == (302, "/")
    assert visitor.get("/").text == "home of chen 先生"
    visitor.post("/sign-out", form_at="/account")
    assert visitor.get("/").location == "/sign-in"
