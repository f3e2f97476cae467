"""What has to be there before the operator can begin: an API server that answers and serves TrussModels."""

import asyncio
import logging
from dataclasses import dataclass

from truss_operator.kube.discovery import Reader, serves
from truss_operator.kube.errors import Forbidden, TooManyRequests, Unauthorized, Unavailable, Untrusted
from truss_operator.kube.resource import TRUSSMODELS

log = logging.getLogger(__name__)

CRD_SECONDS = 10.0
"""How long the CRD may take to be served: a chart installs it together with the operator."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Between two questions to an API server that does not answer, twice as long each time."""


class StartError(Exception):
    """The operator cannot start; the message says what someone has to do."""


@dataclass(slots=True)
class Waiting:
    """Tells others what the start waits for."""

    what: str = ""
    """Empty for nothing."""


async def require_crd(api: Reader, waiting: Waiting, patience: float = CRD_SECONDS) -> None:
    """Returns once the API server serves TrussModels; waits without limit for one that does not answer.

    Args:
        api: The API server.
        waiting: Told what is being waited for.
        patience: Seconds that the definition may take, once the API server answers.

    Raises:
        StartError: It does not serve them, does not let us in, or is not to be trusted.
    """
    loop, pause, end = asyncio.get_running_loop(), FIRST_PAUSE, None
    while True:
        try:
            if await serves(api, TRUSSMODELS):
                waiting.what = ""
                return
        except Untrusted as error:
            raise StartError(
                f"the API server's certificate is not by the known authority: {error}"
            ) from error
        except (Unavailable, TooManyRequests) as error:
            wait = max(pause, error.retry_after or 0.0)
            pause = min(LONGEST_PAUSE, pause * 2)
            why = f"the API server does not answer yet: {error}"
            log.warning("%s; again in %.1f s", why, wait)
        except (Unauthorized, Forbidden) as error:
            raise StartError(f"the API server does not let the operator in: {error}") from error
        else:
            end = end or loop.time() + patience
            why, wait = (
                f"the cluster serves no {TRUSSMODELS.plural} of {TRUSSMODELS.api_version}",
                FIRST_PAUSE,
            )
            if loop.time() >= end:
                raise StartError(
                    f"{why}: install the CustomResourceDefinition "
                    "(the chart does, or: kubectl apply -f deploy/crds)"
                )
        waiting.what = why
        await asyncio.sleep(wait)
