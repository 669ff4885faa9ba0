from flask import Blueprint, request

from archive_service.kernel.errors import UnknownField

blueprint = Blueprint("home", __name__, template_folder="../templates")


def only_asked(*names: str) -> None:
    """Raises UnknownField for a key in the address that the page doesn't know."""
    for name in request.args:
        if name not in names:
            raise UnknownField(field=name[:40])
