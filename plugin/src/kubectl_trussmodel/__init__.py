"""``kubectl trussmodel``: looks at TrussModels, asks them and rolls them back, all of it through kubectl.

It knows the resource as its documentation tells it, and neither the operator's code nor the runtime's.
"""

__version__ = "0.1.0"
