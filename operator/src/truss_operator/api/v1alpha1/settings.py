"""The runtime's settings that are fields of spec: what a model takes at once, for how long, and from whom.

None has a default here: unset leaves the runtime its own order of variable, config.yaml and default
(docs/reference/runtime-settings.md).
"""

from typing import Annotated

from pydantic import Field

from truss_operator.api.apitype import ApiType, Rule
from truss_operator.api.fields import ATOMIC, Int32, Int64, ObjectName

SETTINGS = {
    "TRUSS_CONCURRENCY": "concurrency.limit",
    "TRUSS_QUEUE": "concurrency.queue",
    "TRUSS_LOAD_SECONDS": "timeouts.loadSeconds",
    "TRUSS_REQUEST_SECONDS": "timeouts.requestSeconds",
    "TRUSS_STREAM_READ_SECONDS": "timeouts.streamReadSeconds",
    "TRUSS_DRAIN_SECONDS": "timeouts.drainSeconds",
    "TRUSS_GRACE_SECONDS": "timeouts.graceSeconds",
    "TRUSS_MAX_BODY_BYTES": "requests.maxBodyBytes",
    "TRUSS_PING_SECONDS": "requests.pingSeconds",
    "TRUSS_REQUIRED_ROUTES": "requiredRoutes",
    "TRUSS_SMOKE": "rollout.smoke",
    "TRUSS_VALIDATE": "requests.validate",
    "TRUSS_STRICT_MODEL_NAME": "requests.strictModelName",
    "TRUSS_CORS_ORIGINS": "requests.corsOrigins",
}
"""The variable of the runtime for each such field, by its path in spec."""

_MOST_SECONDS = 86400
Seconds = Annotated[Int32, Field(ge=1, le=_MOST_SECONDS)]
SecondsOrNone = Annotated[Int32, Field(ge=0, le=_MOST_SECONDS)]


Origin = Annotated[
    str,
    Field(max_length=253),
    Rule(
        "self == '*' || self.matches('^[a-z][a-z0-9+.-]*://[^/,\\\\s]+$')",
        "an origin is * or scheme, host and port, such as https://app.example.com, without a path",
    ),
]


class Concurrency(ApiType):
    """How many requests the model takes at once."""

    limit: Annotated[Int32, Field(ge=1)] | None = None
    """Calls into the model at once, over all routes; a stream counts until it ends. Unset, what config.yaml
    says of predict, else one; and 64 of the other routes."""
    queue: Annotated[Int32, Field(ge=0)] | None = None
    """Requests that may wait for a call. Any further one is answered 429. Unset, 512."""


class Timeouts(ApiType):
    """How long things may take, in whole seconds."""

    load_seconds: Seconds | None = None
    """How long the model may take to load, all attempts together, before it counts as failed. Unset, 1800."""
    request_seconds: Seconds | None = None
    """How long a request may take, a stream to its first chunk, before it is answered 504. Unset, 600."""
    stream_read_seconds: Seconds | None = None
    """How long a stream may stand still before it is ended. Unset, what config.yaml says, else 60."""
    drain_seconds: SecondsOrNone | None = None
    """For how long a pod that is to end still takes requests, since endpoints leave a Service late. Unset,
    10."""
    grace_seconds: SecondsOrNone | None = None
    """How long calls in flight may go on after that. Unset, 120. The pod is killed 5 s after both; a
    container whose liveness probe failed hangs, and is killed 5 s after the drain."""


class Requests(ApiType):
    """How requests are read."""

    max_body_bytes: Annotated[Int64, Field(ge=1)] | None = None
    """The largest body of a request. A larger one is answered 413. Unset, 100 MiB on /predict, 16 MiB
    elsewhere."""
    ping_seconds: Seconds | None = None
    """For how long a stream is quiet before a comment keeps its connection open. Unset, 15."""
    validate_bodies: bool | None = Field(default=None, alias="validate")
    """Whether a body that lacks a documented field of its OpenAI route, or has a wrong type in one, is
    answered 400 before the Model sees it. Unset, not."""
    strict_model_name: bool | None = None
    """Whether a body that names another model is answered 404. Unset, not."""
    cors_origins: Annotated[list[Origin], Field(max_length=32), ATOMIC] | None = None
    """Origins whose pages may call the model from a browser, or `*` for any. Unset or empty, none."""


class Auth(ApiType):
    """Who may call the model."""

    secret_name: ObjectName
    """Name of a Secret in the same namespace. Every value in it is a valid API key, which a request brings as
    `Authorization: Bearer KEY`. A changed Secret counts without a restart."""
