"""The HTTP surface: from an ASGI request to the bytes of its answer."""
