"""Why the routes of a pod could not be read."""


class ProbeError(Exception):
    """No usable account of the routes; the message says what came instead. Asking again later may help."""
