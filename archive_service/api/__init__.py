"""The API's furniture: tokens at the door, problem details, requests that may be sent twice, the description.

What needs a web request is put together in ``furniture``; this front door is free of it, because background
jobs prune what is kept here.
"""

from archive_service.api.idempotency import Attempt, BadKey, KeyReused, Reply, fingerprint, once, prune

__all__ = ["Attempt", "BadKey", "KeyReused", "Reply", "fingerprint", "once", "prune"]
