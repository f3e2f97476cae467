"""The bill of materials of an image, in CycloneDX: each distribution and Debian package with its license."""

import datetime as dt
import uuid
from email.message import Message

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType, Pedigree
from cyclonedx.output.json import JsonV1Dot6
from hack.sbom import licenses
from hack.sbom.image import Base, Image
from packageurl import PackageURL

_LICENSES = LicenseFactory()


def bill(image: Image, base: Base, epoch: int) -> str:
    """The document's text; the same image and time make the same bytes.

    Args:
        image: What it is of.
        base: The image that it was built from.
        epoch: The time to bear, in seconds since 1970.
    """
    name, _, version = image.name.rpartition(":")
    layers = [
        Property(name="trussmodel.dev:layer", value=f"{n} {layer}") for n, layer in enumerate(image.layers, 1)
    ]
    subject = Component(
        name=name,
        version=version,
        type=ComponentType.CONTAINER,
        bom_ref=image.name,
        licenses=[_LICENSES.make_with_expression("Apache-2.0")],
        properties=[Property(name="trussmodel.dev:base", value=base.identity), *layers],
    )
    components = [
        *(_distribution(metadata, removed) for metadata, removed in image.distributions()),
        *(_package(entry, image) for entry in image.packages()),
        *_interpreter(base),
    ]
    bom = Bom(
        components=components,
        serial_number=uuid.uuid5(uuid.NAMESPACE_OID, " ".join([image.name, *image.layers])),
        metadata=BomMetaData(component=subject, timestamp=dt.datetime.fromtimestamp(epoch, dt.UTC)),
    )
    bom.register_dependency(subject, components)
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _distribution(metadata: Message, removed: str | None) -> Component:
    name, version = metadata["Name"].lower().replace("_", "-"), metadata["Version"]
    purl = PackageURL("pypi", name=name, version=version)
    return Component(
        name=name,
        version=version,
        bom_ref=str(purl),
        purl=purl,
        licenses=[_LICENSES.make_with_expression(licenses.of_distribution(metadata))],
        pedigree=Pedigree(notes=" ".join(removed.split())) if removed else None,
    )


def _package(entry: Message, image: Image) -> Component:
    name, version = entry["Package"], entry["Version"]
    purl = PackageURL(
        "deb", "debian", name, version, {"arch": entry["Architecture"], "distro": image.release()}
    )
    terms = licenses.of_package(name, image.copyright_file(name))
    return Component(
        name=name,
        version=version,
        bom_ref=str(purl),
        purl=purl,
        licenses=[_LICENSES.make_with_name(term) for term in terms],
    )


def _interpreter(base: Base) -> list[Component]:
    """Python itself, where it is not one of the Debian packages: the public base image builds it."""
    version = base.variables.get("PYTHON_VERSION")
    if version is None:
        return []
    purl = PackageURL("generic", name="python", version=version)
    terms = [_LICENSES.make_with_expression("Python-2.0")]
    return [Component(name="python", version=version, bom_ref=str(purl), purl=purl, licenses=terms)]
