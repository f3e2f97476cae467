"""The pace of the probes. What they ask is the operator's: the runtime answers on a port of its own."""

from typing import Annotated

from pydantic import Field

from truss_operator.api.apitype import ApiType, Extension
from truss_operator.api.fields import Int32

Positive = Annotated[Int32, Field(ge=1)]
SOMETHING = Extension({"minProperties": 1})


class Probe(ApiType):
    """The pace of one probe."""

    period_seconds: Positive | None = None
    """Seconds between two questions."""
    timeout_seconds: Positive | None = None
    """Seconds that an answer may take. Unset, 5."""
    failure_threshold: Positive | None = None
    """How many failures in a row count."""


class Probes(ApiType):
    """The pace of the probes, where the usual one does not fit."""

    startup: Annotated[Probe, SOMETHING] | None = None
    """Whether the process is up, which a long load does not delay: every second, 300 times."""
    readiness: Annotated[Probe, SOMETHING] | None = None
    """Whether requests may come: every second, 3 times."""
    liveness: Annotated[Probe, SOMETHING] | None = None
    """Whether the process must be started anew: every 10 seconds, 3 times."""
