"""Why the routes of a pod could not be read."""


class ProbeError(Exception):
    """No usable account of the routes; the message says what came instead. Asking again later may help.

    Attributes:
        retry_after: Seconds before which whoever refused does not want to be asked again.
    """

    def __init__(self, message: str, *, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after
