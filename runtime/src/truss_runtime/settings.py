"""Every setting of the runtime, in one frozen object that the command line fills and the rest reads.

Each setting has one name as a flag and as an environment variable: docs/reference/runtime-settings.md lists
them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

LogFormat = Literal["json", "console"]

DEFAULT_ENVIRONMENT = "production"
"""The environment in URLs when none is set. ``Model(environment=...)`` gets None then, as on Truss."""

DEFAULT_TERMINATION_LOG = Path("/dev/termination-log")
"""Where Kubernetes reads a container's last words, unless the pod says otherwise."""


@dataclass(frozen=True, slots=True)
class SmokeRequest:
    """The request that must be answered before the server is ready."""

    route: str
    """The kind of route that it goes to."""
    body: Any
    """Any JSON value."""
    status: int = 200
    """The status that it must be answered with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one run of the server was told."""

    path: Path = Path("/app")
    """The model: a Truss directory, a folder with model.py, or one file."""
    host: str = "0.0.0.0"  # noqa: S104 - a server in a container is there to be reached
    port: int = 8080
    """0 takes a free port, which the log names."""
    admin_port: int | None = None
    """Port of the probes' own listener; None for none, 0 for a free one."""
    model_name: str | None = None
    """The name that clients see; None takes config.yaml's ``model_name``, or else the folder's name."""
    environment: str | None = None
    environment_file: Path = Path("/etc/b10_dynamic_config/environment")
    """A JSON object with the environment's ``name``; what the Model is told follows it. Baseten's path."""
    concurrency: int | None = None
    """Calls into the model at once, over all routes; None for the defaults of each route."""
    queue: int = 512
    """Requests that may wait for a slot, past which they get 429."""
    config: Path | None = None
    """A JSON file that is merged over config.yaml."""
    validate: bool = False
    """Whether bodies must have the documented fields of their route, with the documented types."""
    strict_model_name: bool = False
    """Whether a body that names another model is refused."""
    secrets_dir: Path = Path("/secrets")
    request_seconds: float = 600
    """From a request's head to its answer, or to the first chunk of a stream."""
    stream_read_seconds: float | None = None
    """Between two chunks; None for config.yaml's ``runtime.streaming_read_timeout``, or else 60."""
    ping_seconds: float = 15
    """After which a comment keeps a quiet stream open."""
    load_seconds: float = 1800
    """What ``load`` may take, all attempts together."""
    max_body_bytes: int | None = None
    """None for the defaults of each route."""
    unresponsive_seconds: float = 120
    """How long the event loop may be blocked before the process is not alive."""
    required_routes: tuple[str, ...] = ()
    """Kinds of route without which the server does not become ready."""
    smoke: SmokeRequest | None = None
    api_keys_dir: Path | None = None
    """The folder with one API key a file; None asks for none."""
    cors_origins: tuple[str, ...] = ()
    """Origins of pages that may call the server from a browser; ``*`` for any."""
    drain_seconds: int = 10
    """How long requests are still taken after SIGTERM."""
    grace_seconds: int = 120
    """How long calls in flight may go on once the listener is closed."""
    log_format: LogFormat = "json"
    termination_log: Path = DEFAULT_TERMINATION_LOG


DEFAULTS = Settings()
"""What applies where nothing is told."""
