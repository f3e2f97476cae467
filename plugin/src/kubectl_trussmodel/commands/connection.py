"""The options that every command passes on to kubectl: which cluster, which namespace, who."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

import click
from click.shell_completion import CompletionItem

from kubectl_trussmodel.kubectl import Kubectl
from kubectl_trussmodel.problem import Problem

P = ParamSpec("P")


def _from_kubectl(*question: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """Completes with the names that kubectl tells."""

    def complete(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        try:
            told = _kubectl(context).run(*question, "--output=name").split()
        except Problem:
            return []
        names = [name.removeprefix("namespace/") for name in told]
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]

    return complete


_FLAGS: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    (
        ("--namespace", "-n"),
        {
            "help": "Namespace of the TrussModel.  [default: the context's]",
            "shell_complete": _from_kubectl("get", "namespaces"),
        },
    ),
    (
        ("--context",),
        {
            "help": "Context of the kubeconfig.  [default: the current one]",
            "shell_complete": _from_kubectl("config", "get-contexts"),
        },
    ),
    (("--kubeconfig",), {"help": "The kubeconfig.  [default: KUBECONFIG, or ~/.kube/config]"}),
    (("--cluster",), {"help": "Cluster of the kubeconfig."}),
    (("--user",), {"help": "User of the kubeconfig."}),
    (("--as",), {"help": "Act as that user."}),
    (("--as-group",), {"help": "Act as a member of that group; may be repeated.", "multiple": True}),
    (("--as-uid",), {"help": "Act with that UID."}),
    (("--server", "-s"), {"help": "URL of the API server."}),
    (("--token",), {"help": "Bearer token for the API server."}),
    (("--certificate-authority",), {"help": "File of the API server's certificate authority."}),
    (("--client-certificate",), {"help": "File of a client certificate."}),
    (("--client-key",), {"help": "File of the key to it."}),
    (("--tls-server-name",), {"help": "Name that the API server's certificate is of."}),
    (("--insecure-skip-tls-verify",), {"help": "Take any certificate.", "is_flag": True, "default": None}),
    (("--request-timeout",), {"help": "How long one request to the API server may take, as 10s."}),
)
_OFTEN = ("--namespace", "--context", "--kubeconfig")
"""Those that the help of each command shows."""


def connection(*, every: bool) -> Callable[[Callable[[], None]], Callable[..., None]]:
    """Puts the options on the group, whose function takes none of them."""

    def decorate(function: Callable[[], None]) -> Callable[..., None]:
        def group(**_: Any) -> None:
            function()

        return _with_options(functools.update_wrapper(group, function), every=every)

    return decorate


def connected(function: Callable[Concatenate[Kubectl, P], None]) -> Callable[P, None]:
    """Puts the options on a command, whose function is given a `Kubectl` that has them first."""

    @click.pass_context
    def command(context: click.Context, /, *args: Any, **values: Any) -> None:
        mine = {name: value for name, value in values.items() if not name.startswith("kubectl_")}
        function(_kubectl(context), *args, **mine)

    return _with_options(functools.update_wrapper(command, function), every=False)


def kubectl_of(context: click.Context) -> Kubectl:
    """The same while a command line is completed, when no command runs."""
    return _kubectl(context)


def _kubectl(context: click.Context) -> Kubectl:
    """Options behind the command's name win over those before it."""
    before, behind = context.find_root().params, context.params
    words: list[str] = []
    for names, _ in _FLAGS:
        parameter = _parameter(names)
        value = behind.get(parameter) or before.get(parameter)
        if value is True:
            words.append(names[0])
        elif value:
            words += [f"{names[0]}={one}" for one in (value if isinstance(value, tuple) else (value,))]
    return Kubectl(tuple(words))


def _with_options(function: Callable[..., None], *, every: bool) -> Callable[..., None]:
    for names, settings in reversed(_FLAGS):
        hidden = not every and names[0] not in _OFTEN
        function = click.option(*names, _parameter(names), hidden=hidden, **settings)(function)
    return function


def _parameter(names: tuple[str, ...]) -> str:
    return "kubectl_" + names[0].lstrip("-").replace("-", "_")
