"""The plan on the command line."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from archive_service.classification import queries
from archive_service.classification.cli import file_plan
from archive_service.classification.rules import parse_plan, read_plan, shipped_plan
from archive_service.kernel.actor import Actor
from tests.support.house import House


def run(house: House, *words: str | Path) -> Result:
    return CliRunner().invoke(file_plan, [str(word) for word in words], obj=house.archive)


def test_it_is_shown_whole_or_class_by_class(house: House) -> None:
    whole = run(house, "show")
    assert whole.exit_code == 0
    assert whole.output.splitlines()[0] == "WYDA-2026 1.0"
    assert "  WS.02 通知公告  PUBLIC  定期10年" in whole.output.splitlines()
    told = json.loads(run(house, "show", "KU.03", "--json").output)
    assert told["version"] == "1.0"
    assert [c["code"] for c in told["classes"]] == ["KU.03"]
    unknown = run(house, "show", "XX")
    assert unknown.exit_code == 1 and "nothing here" in unknown.output


def test_it_goes_out_is_looked_at_and_comes_in(house: House, head: Actor, tmp_path: Path) -> None:
    for name, read in (("plan.yaml", parse_plan), ("plan.xlsx", read_plan)):
        assert run(house, "export", tmp_path / name).exit_code == 0
        assert read((tmp_path / name).read_bytes()) == shipped_plan()
    assert parse_plan(run(house, "export", "-").stdout_bytes) == shipped_plan()
    assert run(house, "export", tmp_path / "plan.doc").exit_code == 1
    assert run(house, "export", tmp_path / "none" / "plan.yaml").exit_code == 1
    file = tmp_path / "plan.yaml"
    same = run(house, "import", file, "--dry-run")
    assert same.exit_code == 1 and "nothing would change" in same.output
    file.write_text(file.read_text("utf-8").replace("zh: 通知公告", "zh: 公告", 1), "utf-8")
    look = run(house, "import", file, "--dry-run")
    assert look.exit_code == 0 and "changed   WS.02 公告  name_zh" in look.output
    assert "--seen 1.0" in look.output
    blind = run(house, "import", file, "--reason", "改名")
    assert blind.exit_code == 1 and "--seen" in blind.output
    nobody = run(house, "import", file, "--reason", "改名", "--seen", "1.0", "--as", "nobody")
    assert nobody.exit_code == 1
    house.person("小李", "archivist")
    clerk = run(house, "import", file, "--reason", "改名", "--seen", "1.0", "--as", "小李")
    assert clerk.exit_code == 1 and "role" in clerk.output
    done = run(house, "import", file, "--reason", "改名", "--seen", "1.0", "--as", "周馆长", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["version"] == "1.1"
    with house.archive.reading() as session:
        newest = queries.scheme_versions(session, limit=1)[0]
    assert (newest.number, newest.reason, newest.loaded_by) == ("1.1", "改名", head.user_id)
    stale = run(house, "import", file, "--reason", "改名", "--seen", "1.0")
    assert stale.exit_code == 1 and "1.1" in stale.output
    assert run(house, "export", tmp_path / "old.yaml", "--version", "1.0").exit_code == 0
    assert parse_plan((tmp_path / "old.yaml").read_bytes()) == shipped_plan()


def test_a_broken_file_is_told_with_its_place(house: House, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04")
    answer = run(house, "import", tmp_path / "a.xlsx", "--dry-run")
    assert answer.exit_code == 1 and "no workbook" in answer.output
