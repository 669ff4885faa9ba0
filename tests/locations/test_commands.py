from pathlib import Path

from click.testing import CliRunner, Result

from archive_service.locations.cli import commands_with
from archive_service.records import Archived
from tests.locations.store import Store, shelf
from tests.support.house import House


def run(house: House, *words: object) -> Result:
    (places,) = commands_with(Archived())
    return CliRunner().invoke(places, [str(word) for word in words], obj=house.archive)


def test_places_of_a_table_are_added_all_or_none(store: Store, house: House, tmp_path: Path) -> None:
    table = tmp_path / "places.csv"
    table.write_text(
        "in,kind,code,capacity_mm\n,room,库2,\n库2,cabinet,D1,\n库2-D1,shelf,1,900\n库1,cabinet,D3,\n"
    )
    dry = run(house, "add", table, "--dry-run")
    assert dry.exit_code == 0 and "would add 库2-D1-1" in dry.output
    assert run(house, "list", "库2").exit_code == 1
    added = run(house, "add", table, "--as", "陈")
    assert "added 库2-D1-1" in added.output and "库1" not in added.output  # which is there
    table.write_text("in,kind,code\n,room,库3\n库3,shelf,1\n")
    refused = run(house, "add", table)
    assert refused.exit_code == 1 and "row 2" in refused.output
    assert run(house, "list", "库3").exit_code == 1


def test_a_yaml_table_and_a_table_of_other_things(house: House, tmp_path: Path) -> None:
    table = tmp_path / "places.yaml"
    table.write_text("- {kind: room, code: 库5}\n")
    assert "added 库5" in run(house, "add", table).output
    table.write_text("- {colour: green}\n")
    assert "colour" in run(house, "add", table).output


def test_where_a_thing_lies_and_moving_it(store: Store, house: House) -> None:
    paper = store.paper()
    number = store.number(paper)
    store.puts(paper, shelf(store.in_safe))
    assert "库1-S1-1" in run(house, "where", number, "X").output
    to = store.shelves[0].label
    assert "ready" in run(house, "move", number, "--to", to, "--reason", "调整", "--dry-run").output
    assert "moved: 1" in run(house, "move", number, "--to", to, "--reason", "调整", "--as", "陈").output
    assert "库1-D3-A-02-1" in run(house, "where", number, "--json").output


def test_labels_go_into_a_file(store: Store, house: House, tmp_path: Path) -> None:
    out = tmp_path / "labels.pdf"
    assert run(house, "label", store.shelves[0].label, "--out", out, "--start", "24").exit_code == 0
    assert out.read_bytes().startswith(b"%PDF")
