from sqlalchemy import select

from archive_service.classification.models import RecordClass, SchemeVersion
from archive_service.classification.queries import ClassRow, class_row
from archive_service.classification.rules import FilePlan
from archive_service.kernel.errors import N_, Invalid
from archive_service.unit_of_work import UnitOfWork


class UnknownClass(Invalid):
    code = "classification.unknown-class"
    message = N_("There is no class “%(class_code)s” that takes documents.")


def load_file_plan(work: UnitOfWork, plan: FilePlan) -> bool:
    """Make the plan's classes known; False if this very plan is loaded already. Classes are never removed."""
    known = work.session.scalar(select(SchemeVersion).where(SchemeVersion.digest == plan.digest))
    if known is not None:
        return False
    version = SchemeVersion(scheme=plan.scheme, version=plan.version, digest=plan.digest, loaded_at=work.now)
    work.session.add(version)
    work.session.flush()
    for position, planned in enumerate(plan.classes):
        work.session.merge(
            RecordClass(
                code=planned.code,
                scheme_version_id=version.id,
                parent_code=planned.parent,
                position=position,
                name_zh=planned.name_zh,
                name_en=planned.name_en,
                selectable=planned.selectable,
                level=planned.level.value,
                retention_zh=planned.retention_zh,
                doc_types=list(planned.doc_types),
            )
        )
        work.session.flush()
    work.audit("file-plan.loaded", f"scheme:{plan.scheme}", version=plan.version, classes=len(plan.classes))
    return True


def selectable_class(work: UnitOfWork, code: str) -> ClassRow:
    """The class that documents may be put under. Raises UnknownClass."""
    row = class_row(work.session, code)
    if row is None or not row.selectable:
        raise UnknownClass(class_code=code)
    return row
