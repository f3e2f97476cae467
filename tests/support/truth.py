"""What of a TrussModel's status is not so: told from the objects, not by the operator's code."""

from collections.abc import Iterator

from api import Json, condition

MANAGER = "trussmodel-operator"


def lies(model: Json, deployment: Json | None, service: Json | None, routes: set[str]) -> Iterator[str]:
    """Each thing that the status says and that is not so.

    Args:
        model: The TrussModel, at rest.
        deployment: The Deployment of its name, whosever it is.
        service: The Service of its name, whosever it is.
        routes: The kinds that the runtime in the wanted image serves.
    """
    status, generation = model["status"], model["metadata"]["generation"]
    if status["observedGeneration"] != generation:
        yield f"observedGeneration is {status['observedGeneration']}, generation is {generation}"
    for each in status["conditions"]:
        if each["observedGeneration"] != generation:
            yield f"{each['type']} is of generation {each['observedGeneration']}"
    words = [
        kind for kind in ("Ready", "Reconciling", "Stalled") if condition(model, kind).get("status") == "True"
    ]
    if len(words) != 1:
        yield f"of Ready, Reconciling and Stalled these are True: {words}"
    if condition(model, "Ready")["status"] == "False" and condition(model, "Ready")["reason"] == "Serving":
        yield "not Ready because it serves"
    mine = deployment if deployment is not None and is_child(deployment, model) else None
    yield from _miscounted(model, (mine or {}).get("status", {}))
    if words == ["Ready"]:
        yield from _not_ready(model, mine, service, routes)
    yield from _history(model)
    for entry in model["metadata"]["managedFields"]:
        if entry["manager"] == MANAGER and entry.get("subresource") != "status":
            yield "the operator has written beside the status"


def is_child(obj: Json, model: Json) -> bool:
    """Whether an object is controlled by that very TrussModel."""
    owners = obj["metadata"].get("ownerReferences", ())
    return any(owner["uid"] == model["metadata"]["uid"] and owner.get("controller") for owner in owners)


def _miscounted(model: Json, counts: Json) -> Iterator[str]:
    status = model["status"]
    available = condition(model, "Available")["status"] == "True"
    if available != (counts.get("availableReplicas", 0) > 0):
        yield f"Available is {available}, the Deployment counts {counts.get('availableReplicas', 0)}"
    for told, counted in (("replicas", "replicas"), ("readyReplicas", "readyReplicas")):
        if status[told] != counts.get(counted, 0):
            yield f"{told} is {status[told]}, the Deployment counts {counts.get(counted, 0)}"


def _not_ready(model: Json, deployment: Json | None, service: Json | None, routes: set[str]) -> Iterator[str]:
    spec, name = model["spec"], model["metadata"]["name"]
    if deployment is None or service is None or not is_child(service, model):
        yield "Ready without a Deployment and a Service of its own"
        return
    if service["spec"]["selector"] != {"trussmodel.dev/name": name}:
        yield f"Ready, and its Service selects {service['spec']['selector']}"
    if (ports := [(port["port"], port["targetPort"]) for port in service["spec"]["ports"]]) != [(80, "http")]:
        yield f"Ready, and its Service's ports are {ports}"
    if deployment["spec"]["replicas"] != spec["replicas"]:
        yield f"Ready with {deployment['spec']['replicas']} replicas"
    if deployment["status"].get("availableReplicas", 0) < spec["replicas"]:
        yield "Ready with replicas missing"
    image = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    if image != spec["image"]:
        yield f"Ready with the image {image}"
    told = {route["kind"] for route in model["status"].get("routes", ())}
    if spec["replicas"] and told != routes:
        yield f"Ready with the routes {told}"


def _history(model: Json) -> Iterator[str]:
    revisions = [entry["revision"] for entry in model["status"].get("history", ())]
    if len(revisions) != len(set(revisions)) or len(revisions) > 10:
        yield f"the history holds {revisions}"
