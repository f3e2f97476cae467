"""A Grafana of its own, which has found the chart's dashboards and one Prometheus."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml

from ports import free_port
from server_process import ServerProcess

from .prometheus import await_answer


@contextmanager
def grafana(home: Path, folder: Path, dashboards: Mapping[str, str], prometheus: str) -> Iterator[str]:
    """Runs one while the context lasts.

    Args:
        home: A folder with a Grafana, as its archive unpacks.
        folder: For its data.
        dashboards: By file name.
        prometheus: URL of the one data source.

    Yields:
        Its URL, where whoever comes may look.
    """
    found = folder / "dashboards"
    found.mkdir(parents=True)
    for name, text in dashboards.items():
        (found / name).write_text(text)
    source = {"name": "Prometheus", "type": "prometheus", "access": "proxy", "url": prometheus}
    provider = {"name": "chart", "type": "file", "options": {"path": str(found)}}
    for kind, content in (
        ("datasources", {"datasources": [{**source, "isDefault": True}]}),
        ("dashboards", {"providers": [provider]}),
    ):
        path = folder / "provisioning" / kind / "chart.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(yaml.safe_dump({"apiVersion": 1, **content}))
    port = free_port()
    settings = {
        "PATHS_DATA": str(folder / "data"),
        "PATHS_LOGS": str(folder / "logs"),
        "PATHS_PLUGINS": str(folder / "plugins"),
        "PATHS_PROVISIONING": str(folder / "provisioning"),
        "SERVER_HTTP_ADDR": "127.0.0.1",
        "SERVER_HTTP_PORT": str(port),
        "AUTH_ANONYMOUS_ENABLED": "true",
        "USERS_DEFAULT_THEME": "light",
        # It has nobody to ask, and nobody to tell.
        "ANALYTICS_REPORTING_ENABLED": "false",
        "ANALYTICS_CHECK_FOR_UPDATES": "false",
        "ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
        "ANALYTICS_FEEDBACK_LINKS_ENABLED": "false",
        "NEWS_NEWS_FEED_ENABLED": "false",
        "SECURITY_DISABLE_GRAVATAR": "true",
        "PLUGINS_PREINSTALL_DISABLED": "true",
        "PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED": "true",
        "UNIFIED_ALERTING_ENABLED": "false",
        "LOG_LEVEL": "warn",
    }
    named = [f"GF_{name}={value}" for name, value in settings.items()]
    command = [str(home / "bin" / "grafana"), "server", f"--homepath={home}"]
    server = ServerProcess(folder / "log", "env", *named, *command)
    server.start()
    try:
        # It makes a database first.
        await_answer(f"http://127.0.0.1:{port}/api/health", server, 180)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
