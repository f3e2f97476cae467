"""Reads from a ready pod which routes its model serves. Knows pods and the runtime, not TrussModels."""
