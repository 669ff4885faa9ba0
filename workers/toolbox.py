"""What a task works with: the archive and the reader of untrusted bytes, opened once for each process."""

import threading
from dataclasses import dataclass, field

from archive_service.bootstrap import Archive
from archive_service.settings import Settings
from workers.extraction import Reader


@dataclass(slots=True)
class Toolbox:
    """``ending`` is set when the process was asked to stop: long tasks leave at the next page."""

    archive: Archive
    reader: Reader
    ending: threading.Event = field(default_factory=threading.Event)

    @property
    def is_alone(self) -> bool:
        """Whether this is the only worker there can be: its broker is its own memory."""
        return self.settings.broker_url.startswith("memory:")

    @property
    def settings(self) -> Settings:
        return self.archive.settings
