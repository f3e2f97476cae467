"""Asks pods: a ready one for its routes, another for what it is at. Knows the runtime, not TrussModels."""
