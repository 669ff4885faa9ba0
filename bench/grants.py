"""Sight granted by name in the demo archive: an audit that looks into the receipts for a week."""

from datetime import timedelta

from archive_service import people
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from archive_service.kernel.clock import business_day
from archive_service.kernel.levels import Level, Sight
from archive_service.people import SightTarget
from archive_service.records.service.granting import grant_sight


def fill_grants(archive: Archive, manager: Actor, auditor: Actor) -> None:
    """Once; a demo that is started again keeps what it has."""
    assert auditor.user_id is not None
    with archive.unit_of_work(manager) as work:
        if people.sight_grants(work.session, work.now, user_id=auditor.user_id):
            return
        week = business_day(work.now) + timedelta(days=6)
        receipts = SightTarget(class_code="KU")
        grant_sight(
            work,
            auditor.user_id,
            receipts,
            Sight.VIEW,
            week,
            "年度审计抽查收款票据",
            up_to=Level.CONFIDENTIAL,
        )
