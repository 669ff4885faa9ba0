"""What a PDF says and holds for keeping: PDF/A claim, fonts that are not in it, signatures. Bounded in time."""

import re
from pathlib import Path
from typing import Final

from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject, StreamObject

from workers.extraction.pdf_structure import at_most

_PAGES: Final = 200
_FONTS: Final = 500
_METADATA: Final = 1 << 20  # bytes, as stored
_PART: Final = re.compile(rb"pdfaid:part\s*(?:=\s*[\"']|>)\s*(\d)")
_CONFORMANCE: Final = re.compile(rb"pdfaid:conformance\s*(?:=\s*[\"']|>)\s*([A-Za-z])")
_FILES: Final = ("/FontFile", "/FontFile2", "/FontFile3")


def properties_of(path: Path, seconds: float) -> dict[str, str | int] | None:
    """As ``values.PROPERTIES``; None where it can't be found out in so many seconds of CPU."""
    try:
        with at_most(seconds), path.open("rb") as file:
            reader = PdfReader(file, strict=False)
            if reader.is_encrypted:
                reader.decrypt("")
            root = reader.trailer["/Root"]
            if not isinstance(root, DictionaryObject):
                return None
            fonts = _fonts(reader)
            return {
                "pdfa": _claim(root),
                "fonts": len(fonts),
                "fonts_missing": sum(not held for held in fonts.values()),
                "signatures": _signatures(root),
            }
    except Exception:
        # Whatever a broken structure makes pypdf raise: then nobody knows, which is what is told.
        return None


def _claim(root: DictionaryObject) -> str:
    metadata = root.get("/Metadata")
    metadata = metadata.get_object() if isinstance(metadata, IndirectObject) else metadata
    if not isinstance(metadata, StreamObject) or len(metadata._data) > _METADATA:
        return ""
    words = metadata.get_data()[:_METADATA]
    part, conformance = _PART.search(words), _CONFORMANCE.search(words)
    if part is None:
        return ""
    return part[1].decode() + (conformance[1].decode().lower() if conformance else "")


def _fonts(reader: PdfReader) -> dict[tuple[str, int], bool]:
    """Whether each font of the pages is in the file."""
    found: dict[tuple[str, int], bool] = {}
    for at, page in enumerate(reader.pages):
        if at >= _PAGES or len(found) >= _FONTS:
            break
        resources = page.get("/Resources")
        resources = resources.get_object() if resources is not None else None
        fonts = resources.get("/Font") if isinstance(resources, DictionaryObject) else None
        fonts = fonts.get_object() if fonts is not None else None
        if not isinstance(fonts, DictionaryObject):
            continue
        for name in fonts:
            held = fonts.raw_get(name)
            key = ("", held.idnum) if isinstance(held, IndirectObject) else (f"{name}", -at)
            font = held.get_object()
            if key not in found and isinstance(font, DictionaryObject):
                found[key] = _is_held(font)
    return found


def _is_held(font: DictionaryObject) -> bool:
    if font.get("/Subtype") == "/Type3":
        return True  # drawn by the file itself
    within = font.get("/DescendantFonts")
    within = within.get_object() if within is not None else None
    if isinstance(within, list) and within:
        descendant = within[0].get_object()
        font = descendant if isinstance(descendant, DictionaryObject) else font
    described = font.get("/FontDescriptor")
    described = described.get_object() if described is not None else None
    return isinstance(described, DictionaryObject) and any(key in described for key in _FILES)


def _signatures(root: DictionaryObject) -> int:
    form = root.get("/AcroForm")
    form = form.get_object() if form is not None else None
    fields = form.get("/Fields") if isinstance(form, DictionaryObject) else None
    fields = fields.get_object() if fields is not None else None
    if not isinstance(fields, list):
        return 0
    signed = 0
    for held in fields[:_FONTS]:
        entry = held.get_object()
        if isinstance(entry, DictionaryObject) and entry.get("/FT") == "/Sig" and "/V" in entry:
            signed += 1
    return signed
