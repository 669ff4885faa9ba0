"""For the demo: an import that is over, with a row that could not be taken; one that waits; an export that waits."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Final

from archive_service.bootstrap import Archive
from archive_service.bulk import ImportId, exporting, importing
from archive_service.bulk.queries.imports import import_count
from archive_service.bulk.rules.selection import asked_for
from archive_service.kernel.actor import Actor

_HEADINGS: Final = ("文件路径", "题名", "分类号", "房号", "日期", "文号", "责任者", "主题词")
_FROM: Final = "云栖花园客户服务中心"
_NOTICES: Final = (
    (
        "关于二次供水水箱清洗的通知",
        "2026-03-02",
        "15",
        "水箱清洗于3月5日9时至17时进行，期间停水，请提前储水。",
    ),
    ("关于清明期间文明祭扫的通知", "2026-03-25", "21", "小区内及周边禁止焚烧纸钱，请到指定地点文明祭扫。"),
    ("关于地下车库地坪维修的通知", "2026-04-10", "24", "B1层东区地坪维修，车辆请停放至西区临时车位。"),
    ("关于电梯年检的通知", "2026-04-18", "26", "3栋1单元电梯年检，4月20日上午暂停使用，请走楼梯。"),
)


def fill_bulk(archive: Archive, archivist: Actor) -> None:
    """Once: an archive that has imports is left as it is."""
    with archive.reading() as session:
        if import_count(session, archivist):
            return
    rows = []
    files = {}
    for number, (title, day, no, text) in enumerate(_NOTICES, 1):
        doc_number = f"物业通〔2026〕{no}号"
        rows.append((f"通知/{number}.txt", title, "WS.02", "", day, doc_number, _FROM, "通知"))
        files[f"通知/{number}.txt"] = f"{title}\n\n{text}\n\n{doc_number}\n{_FROM}\n{day}\n"
    files["通知/5.txt"] = "关于消防演练的通知\n\n3月1日举行消防演练，警报响起时请勿惊慌。\n"
    rows.append(("通知/5.txt", "关于消防演练的通知", "WS.02", "", "2026-02-30", "", _FROM, ""))
    finished = _checked(archive, archivist, "2026年通知移交.zip", files, rows)
    with archive.unit_of_work(archivist) as work:
        importing.start(work, finished, skip=True)
    importing.run(archive, finished)
    waiting = [
        ("收楼/3-1201.txt", "3栋2单元1201收楼验收单", "YZ.02", "3-1201", "2026-03-08", "", _FROM, "收楼"),
        ("收楼/3-1202.txt", "3栋2单元1202收楼验收单", "YZ", "3-1202", "2026-03-08", "", _FROM, "收楼"),
        ("收楼/3-1203.txt", "3栋2单元1203收楼验收单", "YZ.02", "3-1203", "", "", _FROM, "收楼"),
    ]
    kept = {f"收楼/3-120{n}.txt": f"收楼验收单 3-120{n}\n水电表已抄，钥匙3把。\n" for n in (1, 2, 4)}
    _checked(archive, archivist, "收楼资料补交.zip", kept, waiting)
    with archive.unit_of_work(archivist) as work:
        export_id = exporting.request(
            work,
            asked_for("class", {"code": ["WS.02"]}),
            with_originals=True,
            reason="街道办检查，提供本年度通知",
        )
    exporting.run(archive, export_id)


def _checked(
    archive: Archive, actor: Actor, name: str, files: Mapping[str, str], rows: Sequence[Sequence[str]]
) -> ImportId:
    table, out = io.StringIO(), io.BytesIO()
    csv.writer(table).writerows([_HEADINGS, *rows])
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, text in files.items():
            packed.writestr(path, text)
        packed.writestr("目录.csv", table.getvalue().encode("utf-8-sig"))
    blob = archive.blobs.put([out.getvalue()])
    with archive.unit_of_work(actor) as work:
        import_id = importing.open_zip(work, blob, name)
    importing.check(archive, import_id)
    return import_id
