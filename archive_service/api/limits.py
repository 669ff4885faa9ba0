"""How often the API may be asked: strangers and wrong tokens seldom, who is known as often as work needs."""

from typing import Final

from flask import Flask, Response, request
from flask_limiter import ApplicationLimit, Limiter, RateLimitExceeded

from archive_service.kernel.errors import TooManyRequests
from archive_service.web import current_actor, current_archive, explain, problem

STRANGERS: Final = "60 per 15 minutes"
"""Refused calls from one address: a token has 256 bits, so this is about load, not about guessing."""

OPEN_CALLS: Final = "600 per minute"
KNOWN: Final = "3000 per minute"


def _is_api() -> bool:
    return request.path.startswith("/api/")


def _address() -> str:
    return request.remote_addr or "nowhere"


def _person() -> str:
    actor = current_actor()
    return _address() if actor.is_anonymous else f"user:{actor.user_id}"


def _was_refused(response: Response) -> bool:
    return response.status_code == 401


def _not_a_stranger() -> bool:
    return not _is_api() or not current_actor().is_anonymous


def _not_known() -> bool:
    return not _is_api() or current_actor().is_anonymous


def init_limits(app: Flask) -> None:
    with app.app_context():
        broker = current_archive().settings.broker_url
    Limiter(
        key_func=_address,
        app=app,
        storage_uri=broker if broker.startswith("redis") else "memory://",
        strategy="fixed-window",
        key_prefix="archive",
        # A queue that is away must not shut the door: each process counts for itself until it is back.
        in_memory_fallback_enabled=True,
        swallow_errors=True,
        application_limits=[
            ApplicationLimit(
                STRANGERS,
                key_function=_address,
                scope="strangers",
                deduct_when=_was_refused,
                exempt_when=_not_a_stranger,
            ),
            ApplicationLimit(OPEN_CALLS, key_function=_address, scope="open", exempt_when=_not_a_stranger),
            ApplicationLimit(KNOWN, key_function=_person, scope="known", exempt_when=_not_known),
        ],
    )
    app.register_error_handler(RateLimitExceeded, _answer_too_many)


def _answer_too_many(error: RateLimitExceeded) -> Response:
    wait = {"Retry-After": str(error.limit.limit.get_expiry())}  # seconds
    return problem(429, TooManyRequests.code, explain(TooManyRequests()), headers=wait)
