"""The operator: turns TrussModel resources into running models and says in their status what answers."""

__version__ = "0.1.0"
