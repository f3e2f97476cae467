"""Where in the user's code a thread stands right now: in a load that takes long, or blocking the loop."""

import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from truss_runtime.failure import frames_below

if TYPE_CHECKING:
    from types import FrameType


def standing(root: Path, thread: int | None = None) -> tuple[str, ...]:
    """Returns the frames below ``root``, outermost first, of a thread, or of the first that has some.

    Each is ``file:line in Class.method: source line``.
    """
    for ident, frame in sys._current_frames().items():  # noqa: SLF001 - documented, despite its name
        if thread is None or ident == thread:
            names = {}
            here: FrameType | None = frame
            while here is not None:
                names[here.f_code.co_filename, here.f_lineno] = here.f_code.co_qualname
                here = here.f_back
            stack = traceback.extract_stack(frame)
            for entry in stack:
                entry.name = names.get((entry.filename, entry.lineno), entry.name)
            if found := frames_below(stack, root):
                return found
    return ()
