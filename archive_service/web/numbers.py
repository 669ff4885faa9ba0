"""Whole numbers that came as text with a request."""


def whole_number(text: str, most: int) -> int | None:
    """The number that ``text`` writes in the digits 0 to 9; None for all else, and for more than ``most``.

    Looks at the length first: Python itself raises ValueError for thousands of digits.
    """
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0")
    if len(digits) > len(str(most)):
        return None
    number = int(digits or "0")
    return number if number <= most else None
