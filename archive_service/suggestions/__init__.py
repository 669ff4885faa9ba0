"""Suggestions (建议): what a paper in the inbox most likely is, each with how sure that is and where it stands.

Rules read what stands on the paper; papers that look alike, and a model trained on the archive's own filings, know
its class besides. A person always confirms: nothing proposed is ever written into a description by itself. What
comes from the text of a paper is covered for whoever sees that text covered; what comes from another paper is told
only to those who see that one too.
"""

from archive_service.kernel.boxes import Frame
from archive_service.suggestions.queries.models import (
    ClassScore,
    HitRate,
    ModelRow,
    hit_rates,
    referenced_digests,
    trained_models,
)
from archive_service.suggestions.queries.proposals import (
    Evidence,
    Proposal,
    Proposed,
    of_document,
    of_documents,
)
from archive_service.suggestions.rules import FIELD_NAMES, SOURCE_NAMES, Field, Source
from archive_service.suggestions.rules.feedback import Met
from archive_service.suggestions.service.hearing import all_confirmed, confirmed
from archive_service.suggestions.service.learning import active_model
from archive_service.suggestions.service.proposing import propose, renew, think, tidy
from archive_service.suggestions.service.training import (
    Trained,
    TrainingFailed,
    mark_old_papers,
    train,
)

__all__ = [
    "FIELD_NAMES",
    "SOURCE_NAMES",
    "ClassScore",
    "Evidence",
    "Field",
    "Frame",
    "HitRate",
    "Met",
    "ModelRow",
    "Proposal",
    "Proposed",
    "Source",
    "Trained",
    "TrainingFailed",
    "active_model",
    "all_confirmed",
    "confirmed",
    "hit_rates",
    "mark_old_papers",
    "of_document",
    "of_documents",
    "propose",
    "referenced_digests",
    "renew",
    "think",
    "tidy",
    "train",
    "trained_models",
]
