"""The two dashboards that the chart brings: of the operator, and of the models."""

from collections.abc import Sequence

from hack.generate.grafana import COUNT, Panel, Variable, dashboard


def _legend(by: str) -> str:
    """Shows the labels: `ns/echo` of a TrussModel, and whatever else side by side."""
    shown = " ".join(f"{{{{{label.strip()}}}}}" for label in by.split(",") if label)
    return shown.replace("{{namespace}} {{", "{{namespace}}/{{")


def _quantiles(
    metric: str, select: str, by: str = "", which: Sequence[str] = ("0.5", "0.95", "0.99")
) -> list[tuple[str, str]]:
    group = f"{by}, le" if by else "le"
    rate = f"rate({metric}_bucket{{{select}}}[$__rate_interval])"
    return [
        (
            f"histogram_quantile({q}, sum by ({group}) ({rate}))",
            _legend(by) if by and len(which) == 1 else f"{_legend(by)} p{q[2:]:0<2}".strip(),
        )
        for q in which
    ]


def _rate(metric: str, select: str, by: str) -> list[tuple[str, str]]:
    return [(f"sum by ({by}) (rate({metric}{{{select}}}[$__rate_interval]))", _legend(by))]


def _total(metric: str, select: str) -> str:
    return f"sum(rate({metric}{{{select}}}[$__rate_interval]))"


_INSTANCE = 'instance=~"$instance"'
_RECONCILES = f'controller="trussmodel", {_INSTANCE}'
_QUEUE = f'name="trussmodel", {_INSTANCE}'

_READY = f"max by (namespace, name) (trussmodel_ready{{{_INSTANCE}}})"
_FAILURES = f"max by (namespace, name, phase, reason) (trussmodel_last_failure{{{_INSTANCE}}})"
_IMAGES = f'max by (namespace, name, image) (trussmodel_info{{{_INSTANCE}, image!=""}})'
# Name, tag, and as much of the digest as tells it from others: the whole of it leaves a legend no room.
_SHORT = f'label_replace({_IMAGES}, "image", "$1@$2", "image", "(?:.*/)?([^/]+)@sha256:(.{{7}}).*")'
_SINGLY = "Of so many TrussModels as the operator tells of singly (--metrics-models)."


def _counted(select: str = "") -> str:
    """TrussModels, over all releases; the operators of one tell the same."""
    of = f"{select}, {_INSTANCE}" if select else _INSTANCE
    return f"max by (namespace, job, ready, reason) (trussmodel_operator_trussmodels{{{of}}})"


_WATCHES = _rate("trussmodel_operator_watch_starts_total", _INSTANCE, "resource")
_STATUSES = [("^2", "green"), ("^4", "orange"), ("^(5|<)", "red")]
"""Colours of answers. 1 and 3 are rare enough to have any."""

_NOT_READY = _counted('ready!="True"')
_ALL_RECONCILES = _total("controller_runtime_reconcile_total", _RECONCILES)
_FAILED_RECONCILES = _total("controller_runtime_reconcile_errors_total", _RECONCILES)

OPERATOR = dashboard(
    "trussmodel-operator",
    "TrussModel operator",
    [
        Variable("namespace", "Namespace", "label_values(trussmodel_operator_cache_objects, namespace)"),
        Variable(
            "instance",
            "Instance",
            'label_values(trussmodel_operator_cache_objects{namespace=~"$namespace"}, instance)',
        ),
    ],
    [
        Panel("TrussModels", COUNT, [(f"sum({_counted()})", "")], "All that the chosen operators serve."),
        Panel(
            "Not ready",
            COUNT,
            [(f"sum({_NOT_READY}) or 0 * sum({_counted()})", "")],
            "Of these, those whose condition Ready is not True.",
            bad=1,
        ),
        Panel(
            "Operators",
            COUNT,
            [(f'count(trussmodel_operator_cache_objects{{resource="trussmodels", {_INSTANCE}}})', "")],
            "How many run. One of each release works, the others wait.",
        ),
        Panel(
            "Leaders",
            COUNT,
            [(f"sum(leader_election_master_status{{{_INSTANCE}}})", "")],
            "How many hold their release's Lease: one of each release.",
        ),
        Panel(
            "Waiting",
            COUNT,
            [(f"sum(workqueue_depth{{{_QUEUE}}})", "")],
            "TrussModels that wait to be looked at.",
        ),
        Panel(
            "Failed reconciles",
            "percentunit",
            [(f"{_FAILED_RECONCILES} / {_ALL_RECONCILES}", "")],
            "The share of reconciles that ended with an error. Each is tried again.",
            bad=0.1,
        ),
    ],
    [
        Panel(
            "TrussModels, by what their status says",
            COUNT,
            [(f"sum by (ready, reason) ({_counted()})", "ready {{ready}}: {{reason}}")],
            "By the status and reason of the condition Ready.",
            stacked=True,
            colours=[("^ready True", "green"), ("^ready False", "red"), ("^ready Unknown", "orange")],
        ),
        Panel(
            "TrussModels that are not ready",
            COUNT,
            # Where all are ready there are no lines of theirs, and a graph without any shows an error.
            [
                (f"max({_READY} == bool 0)", "any of them"),
                (f"{_READY} == bool 0 > 0", "{{namespace}}/{{name}}"),
            ],
            f"A bar for as long as it is not. {_SINGLY}",
            states={1: ("not ready", "orange"), 0: ("ready", "green")},
        ),
        Panel(
            "TrussModels whose last failure was within the hour",
            COUNT,
            [(f"count by (phase, reason) (time() - {_FAILURES} < 3600)", "{{phase}}: {{reason}}")],
            f"By what failed; one that has recovered is not counted. {_SINGLY}",
            stacked=True,
            nothing="none",
        ),
        Panel(
            "Images in use",
            COUNT,
            [(f"count by (image) ({_SHORT})", "{{image}}")],
            f"TrussModels by the image that serves. {_SINGLY}",
            stacked=True,
        ),
        Panel(
            "Reconciles",
            "ops",
            _rate("controller_runtime_reconcile_total", _RECONCILES, "result"),
            "How often a TrussModel is looked at, by how that ended.",
        ),
        Panel(
            "Duration of a reconcile",
            "s",
            _quantiles("controller_runtime_reconcile_time_seconds", _RECONCILES),
            "From when a TrussModel has its turn until it is settled for now.",
        ),
        Panel(
            "TrussModels that wait",
            COUNT,
            [(f"sum by (instance) (workqueue_depth{{{_QUEUE}}})", "{{instance}}")],
            "How many wait to be looked at. It rises when many change at once, and falls again.",
        ),
        Panel(
            "How long they wait",
            "s",
            _quantiles("workqueue_queue_duration_seconds", _QUEUE),
            "From a change of a TrussModel or of its children until its turn.",
        ),
        Panel(
            "Put off after a failure",
            "ops",
            [
                (_total("workqueue_retries_total", _QUEUE), "retries"),
                (_total("workqueue_adds_total", _QUEUE), "added"),
            ],
            "Retries beside all that comes into the queue.",
        ),
        Panel(
            "Calls to the API server",
            "ops",
            _rate("rest_client_requests_total", _INSTANCE, "code"),
            "By the status of the answer; `<error>` where there was none. 409 is an overtaken write.",
            colours=_STATUSES,
        ),
        Panel(
            "Leader",
            COUNT,
            [(f"max by (instance) (leader_election_master_status{{{_INSTANCE}}})", "{{instance}}")],
            "Who holds the Lease, and so works.",
            states={1: ("works", "green"), 0: ("waits", "text")},
        ),
        Panel(
            "Watches begun",
            "suffix:/min",
            [(f"60 * {query}", legend) for query, legend in _WATCHES],
            "Each is renewed every few minutes; many more than that means that the API server ends them.",
            stacked=True,
        ),
        Panel(
            "Objects followed",
            COUNT,
            [(f"max by (resource) (trussmodel_operator_cache_objects{{{_INSTANCE}}})", "{{resource}}")],
            "What the operator holds in memory.",
        ),
        Panel(
            "Memory",
            "bytes",
            [(f"sum by (instance) (process_resident_memory_bytes{{{_INSTANCE}}})", "{{instance}}")],
            "Of the operator's process; the limit is `resources` of the chart.",
        ),
        Panel(
            "CPU",
            "suffix:cores",
            _rate("process_cpu_seconds_total", _INSTANCE, "instance"),
            "Cores that the operator's process takes.",
        ),
    ],
)

_MODELS = 'namespace=~"$namespace", trussmodel=~"$trussmodel"'
_ONE = "namespace, trussmodel"
_ANSWERED = _total("truss_requests_total", _MODELS)
_FAILED = _total("truss_requests_total", f'status=~"5..", {_MODELS}')
((_ANSWERED_OF_EACH, _),) = _rate("truss_requests_total", _MODELS, _ONE)
((_FAILED_OF_EACH, _),) = _rate("truss_requests_total", f'status=~"5..", {_MODELS}', _ONE)

MODELS = dashboard(
    "trussmodel-models",
    "TrussModels",
    [
        Variable("namespace", "Namespace", "label_values(truss_info, namespace)"),
        # Whoever has the label at all is a model: it is the PodMonitor's.
        Variable(
            "trussmodel",
            "TrussModel",
            'label_values(truss_info{namespace=~"$namespace"}, trussmodel)',
            ".+",
        ),
    ],
    [
        Panel(
            "Models",
            COUNT,
            [(f"count(count by ({_ONE}) (truss_info{{{_MODELS}}}))", "")],
            "TrussModels with a pod that is scraped.",
        ),
        Panel("Pods", COUNT, [(f"count(truss_info{{{_MODELS}}})", "")], "Pods that are scraped."),
        Panel(
            "Requests",
            "reqps",
            [(_total("truss_requests_total", _MODELS), "")],
            "Answers a second, of all routes.",
        ),
        Panel(
            "Failed requests",
            "percentunit",
            [(f"({_FAILED} or 0 * {_ANSWERED}) / {_ANSWERED}", "")],
            "The share of answers with a status of 500 or above.",
            bad=0.05,
        ),
        Panel(
            "Duration (p95)",
            "s",
            _quantiles("truss_request_duration_seconds", _MODELS, which=["0.95"]),
            "As long takes a request at most, but for one of twenty.",
        ),
        Panel(
            "Calls into the model",
            COUNT,
            [(f"sum(truss_requests_in_flight{{{_MODELS}}})", "")],
            "Calls that are under way now.",
        ),
    ],
    [
        Panel(
            "Requests",
            "reqps",
            _rate("truss_requests_total", _MODELS, _ONE),
            "Answers a second, by TrussModel.",
        ),
        Panel(
            "Requests by status",
            "reqps",
            _rate("truss_requests_total", _MODELS, "status"),
            "499: the client left. 429: turned away for want of room. 504: past the deadline.",
            colours=_STATUSES,
        ),
        Panel(
            "Requests by route",
            "reqps",
            _rate("truss_requests_total", _MODELS, "route"),
            "Which of the model's methods are asked; none: a path that does not exist.",
        ),
        Panel(
            "Failed requests",
            "percentunit",
            [(f"({_FAILED_OF_EACH} or 0 * {_ANSWERED_OF_EACH}) / {_ANSWERED_OF_EACH}", _legend(_ONE))],
            "The share of each TrussModel's answers with a status of 500 or above.",
        ),
        Panel(
            "Duration of a request",
            "s",
            _quantiles("truss_request_duration_seconds", _MODELS),
            "From a request's head to the end of its answer, a stream's last chunk included.",
        ),
        Panel(
            "Duration of a request (p95)",
            "s",
            _quantiles("truss_request_duration_seconds", _MODELS, _ONE, which=["0.95"]),
            "Of each TrussModel: as long takes a request at most, but for one of twenty.",
        ),
        Panel(
            "Time to the first chunk",
            "s",
            _quantiles("truss_stream_first_chunk_seconds", _MODELS),
            "Of streams: from a request's head until something comes back.",
            nothing="no streams",
        ),
        Panel(
            "Chunks streamed",
            "suffix:chunks/s",
            _rate("truss_stream_chunks_total", _MODELS, _ONE),
            "Of streams that are over, so it follows with a delay.",
            nothing="no streams",
        ),
        Panel(
            "Calls into the model",
            COUNT,
            [
                (f"sum by ({_ONE}) (truss_requests_in_flight{{{_MODELS}}})", f"{_legend(_ONE)} now"),
                (f"sum by ({_ONE}) (truss_requests_queued{{{_MODELS}}})", f"{_legend(_ONE)} waiting"),
            ],
            "Under way, and waiting for a slot (`spec.concurrency`).",
        ),
        Panel(
            "Turned away, by cause",
            "reqps",
            _rate("truss_requests_rejected_total", _MODELS, "cause"),
            "Requests that never reached the model.",
            stacked=True,
            nothing="none",
        ),
        Panel(
            "Ended early, by cause",
            "reqps",
            _rate("truss_requests_cancelled_total", _MODELS, "cause"),
            "left: the client did. late: past `requestSeconds`. stalled: past `streamReadSeconds`.",
            stacked=True,
            nothing="none",
        ),
        Panel(
            "How late the event loop is (p95)",
            "s",
            _quantiles("truss_event_loop_lag_seconds", _MODELS, _ONE, which=["0.95"]),
            "An `async` method that computes makes it late, and every other request with it.",
        ),
        Panel(
            "Threads given up",
            COUNT,
            [(f"sum by ({_ONE}) (truss_threads_abandoned{{{_MODELS}}})", _legend(_ONE))],
            "Calls that were ended and have not returned; too many of them restart the pod.",
        ),
        Panel(
            "Time to load",
            "s",
            [(f"max by ({_ONE}, revision) (truss_load_seconds{{{_MODELS}}})", _legend(f"{_ONE}, revision"))],
            "How long `load` took, the slowest pod of each revision.",
        ),
        Panel(
            "Starts of the server",
            COUNT,
            [(f"sum by ({_ONE}) (changes(process_start_time_seconds{{{_MODELS}}}[1h]))", _legend(_ONE))],
            "How often a container was started anew within the last hour; pods of a rollout do not count.",
        ),
        Panel(
            "Memory of a pod",
            "bytes",
            [(f"max by ({_ONE}) (process_resident_memory_bytes{{{_MODELS}}})", _legend(_ONE))],
            "The largest of its pods; main memory, not a GPU's.",
        ),
        Panel(
            "CPU",
            "suffix:cores",
            _rate("process_cpu_seconds_total", _MODELS, _ONE),
            "Cores that its pods take together.",
        ),
        Panel(
            "Pods seen, by version of the runtime",
            COUNT,
            [(f"count by (version) (truss_info{{{_MODELS}}})", "{{version}}")],
            "The runtime is in the model's image: an old one shows here.",
            stacked=True,
        ),
    ],
)
