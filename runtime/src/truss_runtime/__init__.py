"""The server inside a model's pod: loads a ``Model`` class and serves the routes it implements."""

__version__ = "0.1.0"
