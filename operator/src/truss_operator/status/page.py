"""The page of the documentation about a failure: a status message ends with its address."""

from truss_operator.status.prose import MESSAGE_BYTES, cut
from truss_operator.status.reasons import FAILURES


def with_page(message: str, reason: str, site: str) -> str:
    """The message, and behind it where more is to be read about a failure; that is never cut off.

    Args:
        message: To be made fit for a status, with what is put behind it, by whoever does so.
        reason: One that is no failure has no page.
        site: Address of the documentation, without a slash at the end; empty for none.
    """
    if not site or reason not in FAILURES:
        return message
    where = f" More: {site}/failures/{reason}.html"
    return cut(message, MESSAGE_BYTES - len(where)) + where
