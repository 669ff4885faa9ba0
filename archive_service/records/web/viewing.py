"""What the viewer asks for: the list of pages, the places of the searched words, tiles to zoom into."""

import re
import uuid
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from flask import Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from archive_service.kernel.boxes import frames
from archive_service.kernel.errors import N_, Conflict, NotFound
from archive_service.kernel.levels import Sight
from archive_service.records.api.sending import bears_mark, mark_tile, send_marked
from archive_service.records.queries import pages as page_queries
from archive_service.records.queries.pages import PageLayout, PageRow, RenditionRow
from archive_service.records.queries.rows import VersionRow
from archive_service.records.queries.sights import slip_of
from archive_service.records.service.renditions import renewed_if_lost, want_rendition
from archive_service.records.web.furnishing import PAGE, VERSION, Seen, blueprint, seen_pages
from archive_service.web import current_actor, current_archive, only_asked, refuse_unknown, whole_number
from search_index import Needle, QueryError, find_marks, needles, normalise, parse
from search_index.marks import first_place
from storage import StorageError, parse_digest

MOST_IN_FULL: Final = 40  # pages whose words come with the list; of longer documents each page is asked for
MOST_SEARCHED: Final = 400  # pages looked through for the searched words before the list is answered
MOST_CHARACTERS: Final = 800_000  # of the pages' texts that are masked and looked through in either case


def sought(query: str) -> tuple[Needle, ...]:
    """What a search would mark; nothing for a query that can't be understood."""
    try:
        return needles(parse(query)) if query else ()
    except QueryError:
        return ()


def _places(seen: Seen, layout: PageLayout, terms: tuple[Needle, ...]) -> dict[str, Any]:
    """The page's text, the marks in it, and their rectangles on the picture, as fractions of its sides.

    Marks are looked for in what the person may read: a covered number must not be found by trying.
    """
    text = seen.shown(layout.text)
    marks = find_marks(text, terms)
    found = frames(layout.boxes, marks)
    return {"text": text, "marks": marks, "frames": [(f.x0, f.y0, f.x1, f.y1) for f in found]}


@blueprint.get(f"{VERSION}/viewer.json")
def viewer(document_id: uuid.UUID, number: int) -> Response:
    """``{page, pages: […], hits: [page numbers]}``: the page to open, all pages, those with searched words.

    A page: ``{number, width, height, preview, thumb, tiles, text, marks, frames}``; in long documents it has
    ``text_url`` instead of the last three, where they are to be asked for.
    """
    only_asked("q", "page")
    terms = sought(request.args.get("q", ""))
    with current_archive().reading() as session:
        seen, version = seen_pages(session, document_id, number)
        rows = page_queries.page_rows(session, version.id)
        in_full = len(rows) <= MOST_IN_FULL and _length(session, version) <= MOST_CHARACTERS
        layouts: dict[int, PageLayout] = {}
        texts: list[tuple[int, str]] = []
        if in_full:
            found = page_queries.page_layouts(session, version.id, [row.number for row in rows])
            layouts = {layout.row.number: layout for layout in found}
        elif terms:
            texts, _ = page_queries.page_texts(
                session, version.id, most=MOST_SEARCHED, characters=MOST_CHARACTERS
            )
    pages = []
    hits: list[int] = []
    for row in rows:
        facts = _page_facts(seen, version, row)
        if in_full:
            places = _places(seen, layouts[row.number], terms)
            facts.update(places)
            if places["marks"]:
                hits.append(row.number)
        else:
            facts["text_url"] = _address("records.page_details", version, row.number, request.args.get("q"))
        pages.append(facts)
    hits += [n for n, text in texts if _has(normalise(seen.shown(text)), terms)]
    page = whole_number(request.args.get("page", ""), len(rows))
    return jsonify(page=page or (hits[0] if hits else 1), pages=pages, hits=hits)


def _length(session: Session, version: VersionRow) -> int:
    return page_queries.text_lengths(session, [version.id]).get(version.id, 0)


def _has(text: str, terms: tuple[Needle, ...]) -> bool:
    return any(first_place(text, term) >= 0 for term in terms)


def _address(endpoint: str, version: VersionRow, page: int, query: str | None = None) -> str:
    return url_for(
        endpoint, document_id=version.document_id, number=version.number, page=page, q=query or None
    )


def _page_facts(seen: Seen, version: VersionRow, row: PageRow) -> dict[str, Any]:
    drawn_finer = row.full_width > row.width or row.full_height > row.height
    tiled = row.preview is not None and drawn_finer and seen.in_clear
    return {
        "number": row.number,
        "width": row.width,
        "height": row.height,
        "preview": _address("records.page_picture", version, row.number) if seen.picture_of(row) else None,
        "thumb": _address("records.page_thumbnail", version, row.number) if seen.thumbnail_of(row) else None,
        "tiles": _address("records.tiles", version, row.number) if tiled else None,
    }


@blueprint.get(f"{PAGE}/details.json")
def page_details(document_id: uuid.UUID, number: int, page: int) -> Response:
    """``{number, text, marks, frames}`` of one page."""
    only_asked("q")
    with current_archive().reading() as session:
        seen, version = seen_pages(session, document_id, number)
        layout = page_queries.page_layout(session, version.id, page)
    places = _places(seen, layout, sought(request.args.get("q", "")))
    return jsonify(number=page, **places)


@dataclass(frozen=True, slots=True)
class Pyramid:
    """Where each tile lies in a stored zip file: (level, column, row) → offset of its local header, bytes."""

    tile_size: int
    overlap: int
    extension: str
    tiles: dict[tuple[int, int, int], tuple[int, int]]


_TILE: Final = re.compile(r"(?:^|/)(\d{1,2})/(\d{1,5})_(\d{1,5})\.(jpe?g)$")
_LOCAL_HEADER: Final = 30  # bytes, before the name and the extra field


@lru_cache(maxsize=16)
def _pyramid(digest: str) -> Pyramid:
    """A zip's directory, read once: an A0 sheet has three thousand tiles. Raises NotFound if it is none."""
    tiles: dict[tuple[int, int, int], tuple[int, int]] = {}
    tile_size, overlap, extension = 256, 0, "jpg"
    try:
        with current_archive().blobs.open(parse_digest(digest)) as file, zipfile.ZipFile(file) as packed:
            for entry in packed.infolist():
                if entry.filename.endswith(".dzi"):
                    image = fromstring(packed.read(entry))
                    tile_size, overlap = int(image.get("TileSize", 256)), int(image.get("Overlap", 0))
                elif (found := _TILE.search(entry.filename)) and entry.compress_type == zipfile.ZIP_STORED:
                    level, column, row = (int(part) for part in found.groups()[:3])
                    extension = found[4]
                    tiles[level, column, row] = entry.header_offset, entry.file_size
    except (StorageError, zipfile.BadZipFile, ParseError, DefusedXmlException, ValueError) as error:
        raise NotFound() from error
    return Pyramid(tile_size, overlap, extension, tiles)


def _whole_pyramid(version: VersionRow, made: RenditionRow) -> Pyramid | None:
    """None while there is none, also if its file turns out to be lost: it is being made again by then.

    Raises NotFound if it never was one.
    """
    archive, actor = current_archive(), current_actor()
    if made.digest is None or renewed_if_lost(archive, actor, version.id, made):
        return None
    try:
        return _pyramid(made.digest)
    except NotFound:
        if renewed_if_lost(archive, actor, version.id, made, unreadable=True):
            return None
        raise


def _tiles_of(document_id: uuid.UUID, number: int, page: int) -> tuple[VersionRow, RenditionRow | None, Seen]:
    with current_archive().reading() as session:
        seen, version = seen_pages(session, document_id, number)
        # Tiles show every number as it stands on the paper.
        if seen.sight < Sight.VIEW:
            raise NotFound()
        return version, page_queries.rendition(session, version.id, "tiles", page), seen


@blueprint.route(f"{PAGE}/tiles", methods=["GET", "POST"])
def tiles(document_id: uuid.UUID, number: int, page: int) -> ResponseReturnValue:
    """GET says how far the tiles are; POST wants them made and then says the same.

    200 with a deep zoom image as JSON, 202 ``{state: "wanted"}``, 404 before anybody wanted them, 409 if they
    could not be made: POST tries again.
    """
    only_asked()
    version, made, _ = _tiles_of(document_id, number, page)
    if request.method == "POST" and (made is None or made.state == "failed"):
        refuse_unknown(frozenset())
        with current_archive().unit_of_work(current_actor()) as work:
            if page not in page_queries.page_numbers(work.session, version.id):
                raise NotFound()
            want_rendition(work, version.id, "tiles", page)
        return jsonify(state="wanted"), 202
    if made is None:
        raise NotFound()
    if made.state == "failed":
        raise NoTiles()
    pyramid = _whole_pyramid(version, made)
    if pyramid is None:
        return jsonify(state="wanted"), 202
    first = url_for(
        "records.tile",
        document_id=document_id,
        number=number,
        page=page,
        level=0,
        column=0,
        row=0,
        extension=pyramid.extension,
    )
    return jsonify(
        Image={
            "xmlns": "http://schemas.microsoft.com/deepzoom/2008",
            "Url": first.rsplit("/", 2)[0] + "/",
            "Format": pyramid.extension,
            "Overlap": str(pyramid.overlap),
            "TileSize": str(pyramid.tile_size),
            "Size": {"Width": str(made.width), "Height": str(made.height)},
        }
    )


class NoTiles(Conflict):
    code = "page.no-tiles"
    message = N_("There is no finer picture of this page.")


_TILE_PATH: Final = (
    f"{PAGE}/tiles_files/<int(max=40):level>"
    "/<int(max=99999):column>_<int(max=99999):row>.<any(jpg, jpeg):extension>"
)


@blueprint.get(_TILE_PATH)
def tile(  # noqa: PLR0917  (its path has so many parts)
    document_id: uuid.UUID, number: int, page: int, level: int, column: int, row: int, extension: str
) -> Response:
    only_asked()
    archive = current_archive()
    version, made, seen = _tiles_of(document_id, number, page)
    pyramid = _whole_pyramid(version, made) if made is not None else None
    if made is None or made.digest is None or pyramid is None:
        raise NotFound()
    place = pyramid.tiles.get((level, column, row))
    if place is None or extension != pyramid.extension:
        raise NotFound()
    offset, size = place
    with archive.blobs.open(parse_digest(made.digest)) as file:
        file.seek(offset)
        header = file.read(_LOCAL_HEADER)
        name_bytes, extra_bytes = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
        file.seek(name_bytes + extra_bytes, 1)
        picture = file.read(size)
    slip = slip_of(current_actor(), seen.row)
    if bears_mark(seen.row.level, slip):
        left, top = (max(0, at * pyramid.tile_size - pyramid.overlap) for at in (column, row))
        return send_marked(mark_tile(archive, current_actor(), picture, left, top, slip))
    response = Response(picture, content_type="image/jpeg")
    response.set_etag(f"{made.digest[:32]}-{level}-{column}-{row}")
    response.headers["Cache-Control"] = "private, max-age=600"
    response.make_conditional(request)
    return response
