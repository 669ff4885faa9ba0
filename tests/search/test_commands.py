"""``archive search`` and ``archive index``."""

import json

from click.testing import CliRunner, Result

from archive_service import records
from archive_service.search.cli import find, index
from tests.search.test_keeping_the_index import damage, three_papers
from tests.support.house import House
from tests.support.papers import indexed


def run(house: House, *words: str) -> Result:
    command = {"search": find, "index": index}[words[0]]
    return CliRunner().invoke(command, list(words[1:]), obj=house.archive)


def test_words_find_documents(house: House) -> None:
    chen = house.person("陈", "archivist")
    paper = house.paper(chen, title="收楼验收单", class_code="YZ.01", pages=["一", "主卧密封胶开裂"])
    indexed(house, paper)
    answer = run(house, "search", "密封胶")
    assert answer.exit_code == 0
    assert answer.stdout.splitlines() == [f"{paper}  收楼验收单  p. 2", "    主卧[密封胶]开裂"]
    assert "1 found" in answer.stderr


def test_an_old_version_is_told_from_the_current_one(house: House) -> None:
    chen = house.person("陈", "archivist")
    paper = house.paper(chen, title="合同", class_code="YZ.01", pages=["租金一千"])
    with house.work(chen) as work:
        records.add_version(work, paper, house.blob(b"new"), "续签")
    house.is_read(paper, ["租金两千"])
    indexed(house, paper)
    lines = run(house, "search", "租金", "--old").stdout.splitlines()
    assert sorted(line for line in lines if line.startswith(str(paper))) == [
        f"{paper}  合同  (old version 1)  p. 1",
        f"{paper}  合同  p. 1",
    ]
    hits = json.loads(run(house, "search", "租金", "--old", "--json").stdout)["hits"]
    assert sorted((hit["version"], hit["is_current"]) for hit in hits) == [(1, False), (2, True)]


def test_json_is_for_programs(house: House) -> None:
    three_papers(house, house.person("陈", "archivist"))
    answer = json.loads(run(house, "search", "密封胶", "--limit", "2", "--json").stdout)
    assert (answer["total"], len(answer["hits"]), answer["from_index"]) == (3, 2, True)
    assert answer["hits"][0]["page"] == 1


def test_a_mistake_says_where_it_is(house: House) -> None:
    answer = run(house, "search", '电梯 "维修')
    assert answer.exit_code == 1
    assert "at character 4" in answer.stderr


def test_a_damaged_index_is_told_and_built_anew(house: House) -> None:
    three_papers(house, house.person("陈", "archivist"))
    assert run(house, "index", "status").exit_code == 0
    damage(house)
    broken = run(house, "index", "status", "--json")
    assert (broken.exit_code, json.loads(broken.stdout)["healthy"]) == (1, False)
    assert "archive index rebuild" in run(house, "index", "status").stdout
    assert "only descriptions were searched" in run(house, "search", "收楼").stderr
    assert "3 versions are in the index" in run(house, "index", "rebuild").stdout
    assert run(house, "index", "status").exit_code == 0
    assert run(house, "search", "密封胶").stdout.count("收楼验收单") == 3
