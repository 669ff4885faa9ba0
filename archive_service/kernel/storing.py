"""What the file store refuses, as the service says it to people."""

from collections.abc import Iterator
from contextlib import contextmanager

from archive_service.kernel.errors import StorageBroken, StorageFull
from storage import StoreFailed, StoreFull


@contextmanager
def storage_errors() -> Iterator[None]:
    """Raises StorageFull and StorageBroken for the store's own errors of a full or failing disk."""
    try:
        yield
    except StoreFull as error:
        raise StorageFull() from error
    except StoreFailed as error:
        raise StorageBroken() from error
