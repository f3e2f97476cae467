"""Prints the bill of materials of an image that Docker has: ``python -m hack.sbom IMAGE BASE``.

BASE is the image that it was built from.

The time in it is SOURCE_DATE_EPOCH, as that of the image's files is.
"""

import os
import sys

from hack.sbom.bom import bill
from hack.sbom.image import read, read_base


def main(arguments: list[str]) -> int:
    """Prints it; returns the exit code."""
    if len(arguments) != 2:
        print("usage: python -m hack.sbom IMAGE BASE", file=sys.stderr)
        return 2
    image, base = arguments
    print(bill(read(image), read_base(base), int(os.environ["SOURCE_DATE_EPOCH"])), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
