from datetime import UTC, datetime, timedelta


class MovableClock:
    """Stands still until a test moves it."""

    def __init__(self, at: datetime = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)) -> None:
        self.at = at  # 9 o'clock in the morning in Shanghai, a Monday

    def now(self) -> datetime:
        return self.at

    def passes(self, **span: float) -> None:
        """``clock.passes(days=10)``."""
        self.at += timedelta(**span)
