"""POST /v1/embeddings, as https://platform.openai.com/docs/api-reference/embeddings documents it."""

from typing import Literal

from truss_runtime.web.schema.base import Body, Object


class EmbeddingRequest(Body):
    """The body of a request."""

    input: str | list[str] | list[int] | list[list[int]]
    model: str | None = None
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: int | None = None
    user: str | None = None


class Embedding(Body):
    """The vector of one input, as numbers or as base64 of little-endian 32-bit floats."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingList(Body):
    """The answer."""

    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: Object | None = None


Request = EmbeddingRequest
Response = EmbeddingList
