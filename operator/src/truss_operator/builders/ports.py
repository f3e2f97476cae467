"""Ports of the runtime in a pod and of the Service before it (docs/reference/http-surface.md)."""

HTTP_PORT = 8080
"""Requests."""
ADMIN_PORT = 8081
"""Probes, metrics, and the account of the routes, answered also while the model's code blocks the other
port."""
SERVICE_PORT = 80
"""Where the Service takes requests, so that the URL needs no port."""
HTTP = "http"
ADMIN = "admin"
"""Names of the ports, by which Service and probes refer to them."""
