"""The ways by which notices leave the service: mail and webhooks. Everything that answers there is foreign."""

from archive_service.reminders import Trouble


class NotSent(Exception):
    """``trouble`` says why. Carries no address and nothing that a foreign server said: it is logged."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__(trouble.value)
