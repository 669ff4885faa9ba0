"""One filed notice of the invented centre that was put right and issued anew: versions 1.0, 1.1 and 2.0 to compare."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from archive_service import records
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from archive_service.records import Description, DocumentFilter, ReasonCode, Received
from bench.pages import as_pdf, draw_page
from bench.samples import samples

_CLASS: Final = "WS.02"


def renew_a_notice(archive: Archive, archivist: Actor, font: Path) -> str:
    """Once; its archival number, "" where there is none to renew yet. The new scan names an attachment that isn't
    there, so that its four-property check has a warning to show."""
    texts = {sample.title: sample.text for sample in samples()}
    with archive.reading() as session:
        wanted = DocumentFilter(class_code=_CLASS, filed=True)
        rows = records.documents(session, archivist, wanted, sort="oldest")
        row = next((row for row in rows if row.title in texts), None)
    if row is None or row.version_number > 1:
        return ""
    text = texts[row.title]
    page = draw_page(
        f"{row.title}\n\n"
        + text.replace("。", "。\n").replace("9:00", "8:00").replace("17:00", "18:00").strip()
        + "\n附件：1. 停水范围图",
        font,
    )
    content = as_pdf([page])
    blob = archive.blobs.put([content])
    known = Description(
        row.title, row.class_code, row.file_no, row.doc_number, row.unit, row.owner, row.doc_date, row.level
    )
    with archive.unit_of_work(archivist) as work:
        records.describe(
            work,
            row.id,
            replace(known, owner="", title=f"{row.title}（更正）"),
            revision=row.revision,
            reason="题名漏写“更正”",
        )
        received = Received(blob.digest, blob.size, "通知（更正）.pdf")
        records.add_version(work, row.id, received, "时间写错，重新发布", code=ReasonCode.CORRECTED)
    return row.archival_no
