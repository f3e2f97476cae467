"""One route of the Model: request → bind → admit → call → encode.

A plain ASGI application among the routes of the app: a web framework's own endpoints cost more than all of
this. docs/reference/http-surface.md says what it answers.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from truss_runtime.admission import Limit, Place, QueueFullError
from truss_runtime.calls import Caller
from truss_runtime.encoding import BYTES, JSON, NotEncodableError, encode
from truss_runtime.exchange import Exchange, exchange_of
from truss_runtime.kinds import PREDICT, Kind
from truss_runtime.model.methods import Method, Step
from truss_runtime.packing import pack
from truss_runtime.service import Service
from truss_runtime.stream.gathering import gathered
from truss_runtime.stream.passing import Passage, walk_on_our_threads
from truss_runtime.stream.sending import (
    STRAGGLER_SECONDS,
    Outlet,
    TimeUpError,
    chunks_of,
    close_chunks,
    send_stream,
)
from truss_runtime.web.body import Check, ClientLeftError, is_msgpack, linger, parse, read_body, replay
from truss_runtime.web.bounds import Bounds
from truss_runtime.web.connection import connection_of
from truss_runtime.web.errors import ApiError, model_not_ready, queue_full, user_code_failed
from truss_runtime.work import WORK, Work, WorkEndedError

logger = logging.getLogger(__name__)


class Endpoint:
    """Serves one kind of route.

    Args:
        kind: which.
        service: the model behind it.
        limit: how many calls it may make at once.
        around: how many of preprocess and postprocess; the same one, if a slot is for a whole request.
        caller: makes them.
        bounds: how much and how long a request may take.
        clock: the monotonic clock that requests go by, in seconds.
        check: looks at each parsed body; None where nothing is to be checked.
    """

    def __init__(
        self,
        kind: Kind,
        service: Service,
        limit: Limit,
        around: Limit,
        caller: Caller,
        bounds: Bounds,
        check: Check | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kind = kind
        self._service = service
        self._limit = limit
        self._around = around
        self._caller = caller
        self._bounds = bounds
        self._clock = clock
        self._check = check

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        exchange = exchange_of(scope)
        try:
            method = self._method(scope["method"], early=exchange.early)
            await self._work(method, exchange, scope, receive, send)
        except ApiError as error:
            exchange.code = error.code
            await error.send(send, self._kind.dialect, more=error.status == 413)
            if error.status == 413:
                await linger(receive)
                await send({"type": "http.response.body", "body": b""})
        except ClientLeftError:
            exchange.outcome = "client_left"

    def _method(self, http_method: str, *, early: bool) -> Method:
        if not (self._service.lifecycle.serving or early):
            raise model_not_ready()
        method = self._service.methods.get(self._kind.name)
        if method is None:
            message = f"This model has no {self._kind.path}: define `{self._kind.name}` on its Model class."
            raise ApiError(404, message, code="route_not_implemented")
        if http_method != "POST":
            raise ApiError(405, f"{self._kind.path} takes POST.", headers={"Allow": "POST"})
        return method

    async def _work(
        self, method: Method, exchange: Exchange, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answers as long as there is someone to answer and time is left."""
        task = asyncio.current_task()
        assert task is not None
        work = Work(task)
        WORK.set(work)
        connection = connection_of(scope)
        if connection is not None:
            connection.on_lost = work.leave
        self._bounds.deadlines.add(work)
        try:
            await self._answer(method, exchange, work, scope, receive, send)
        except (asyncio.CancelledError, WorkEndedError):
            if work.cause is None:
                raise
            task.uncancel()
            if work.cause == "left":
                raise ClientLeftError from None
            if not exchange.status:
                raise self._time_up(work) from None
            exchange.outcome = "cut"  # a Response of the user's own that stood still
        finally:
            work.finish()
            exchange.ended_early = work.cause
            self._bounds.deadlines.remove(work)
            if connection is not None:
                connection.on_lost = None
                if exchange.outcome == "cut":
                    connection.cut()

    async def _answer(
        self, method: Method, exchange: Exchange, work: Work, scope: Scope, receive: Receive, send: Send
    ) -> None:
        data = await read_body(scope, receive, self._bounds.body_bytes)
        if method.takes_body or self._check is not None:
            body = parse(data, scope, method.body_model, self._check)
        else:
            body = None
            exchange.packed = is_msgpack(data, scope)
        request = None
        if method.takes_request:
            scope["state"]["watch_disconnect"] = work.watch
            request = Request(scope, replay(data, receive))
        place = Place()
        try:
            if method.chained:
                result = await self._chain(method, body, request, place)
            else:
                await place.move(self._limit)
                result = await self._call(method, body, request)
            await self._send(result, exchange, work, scope, receive, send)
        except (ApiError, ClientLeftError, WorkEndedError):
            raise
        except QueueFullError:
            raise queue_full() from None
        except (Exception, SystemExit) as error:
            failure = self._failed(error, exchange)
            if not exchange.status:
                raise failure from error
            exchange.outcome = "cut"  # a Response of the user's own that failed midway
        finally:
            place.leave()

    async def _chain(self, method: Method, body: Any, request: Request | None, place: Place) -> Any:
        """Calls preprocess, predict and postprocess, each with what the one before it returned."""
        if method.before is not None:
            await place.move(self._around)
            body = await self._call(method.before, body, request)
        await place.move(self._limit)
        result = await self._call(method, body, request)
        if method.after is None:
            return result
        if isinstance(result, Response | Iterator | AsyncIterable):
            raise NotEncodableError(
                f"postprocess cannot be given a {type(result).__name__}, take it out or return something else"
            )
        await place.move(self._around)
        return await self._call(method.after, result, request)

    async def _call(self, method: Step, body: Any, request: Request | None) -> Any:
        positional, keywords = method.binding.arguments(body, request)
        if not method.on_loop:
            return await self._caller.on_thread(method.function, *positional, **keywords)
        result = method.function(*positional, **keywords)
        return result if method.streams else await result

    async def _send(
        self, result: Any, exchange: Exchange, work: Work, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if isinstance(result, Response):
            await self._pass_on(result, exchange, work, scope, receive, send)
            return
        chunks = chunks_of(result, self._caller.threads)
        if chunks is not None and self._kind is PREDICT and _wants_json(scope):
            result, chunks = await gathered(chunks, self._bounds.pace.read, self._caller.threads)
        if chunks is None:
            data, media_type = (pack(result), BYTES) if exchange.packed else encode(result)
            headers = [(b"content-type", media_type), (b"content-length", b"%d" % len(data))]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": data})
            return
        await self._stream(chunks, exchange, work, scope, send)

    async def _stream(
        self, chunks: AsyncIterator[Any], exchange: Exchange, work: Work, scope: Scope, send: Send
    ) -> None:
        def failed(error: BaseException) -> bytes:
            shown = self._time_up(work) if isinstance(error, TimeUpError) else self._failed(error, exchange)
            return shown.as_event(self._kind.dialect)

        def began() -> None:
            self._bounds.deadlines.remove(work)
            exchange.first_chunk_seconds = self._clock() - exchange.started

        def counted(chunks: int) -> None:
            exchange.chunks = chunks

        connection = connection_of(scope)
        write = _never if connection is None else connection.write_chunk
        outlet = Outlet(send, exchange.send_body or send, write, work, began, failed, counted)
        exchange.outcome = await send_stream(
            chunks, outlet, dialect=self._kind.dialect, pace=self._bounds.pace, threads=self._caller.threads
        )

    async def _pass_on(
        self, response: Response, exchange: Exchange, work: Work, scope: Scope, receive: Receive, send: Send
    ) -> None:
        def began(more: bool) -> None:
            self._bounds.deadlines.remove(work)
            if more:
                exchange.first_chunk_seconds = self._clock() - exchange.started

        read_seconds = self._bounds.pace.read
        chunks = walk_on_our_threads(response, self._caller.threads)
        passage = Passage(send, work, read_seconds=read_seconds, began=began)
        # With this version Starlette leaves a client that has gone to the server: its own way is to wait for
        # that in a second task, and for a plain generator's thread before anything can end.
        scope["asgi"] = {**scope.get("asgi", {}), "spec_version": "2.4"}
        try:
            await response(scope, receive, passage.send)
        finally:
            passage.close()
            exchange.chunks = passage.chunks
            if chunks is not None:
                patience = read_seconds if work.cause in (None, "left") else STRAGGLER_SECONDS
                await close_chunks(chunks, patience, self._caller.threads)

    def _time_up(self, work: Work) -> ApiError:
        if work.cause == "stalled":
            message = (
                f"Nothing moved on this stream of the model's {self._kind.name} "
                f"for {self._bounds.pace.read:g} s: it is ended."
            )
            return ApiError(504, message, code="stream_stalled")
        message = (
            f"The model's {self._kind.name} took longer than the {self._bounds.request_seconds:g} s it may."
        )
        return ApiError(504, message, code="deadline_exceeded")

    def _failed(self, error: BaseException, exchange: Exchange) -> ApiError:
        """Logs what user code raised, unless it was meant for the client; returns what the client is told."""
        if isinstance(error, HTTPException):
            return ApiError.of(error)
        exchange.raised = type(error).__qualname__
        logger.error("%s raised %s", self._kind.name, type(error).__name__, exc_info=error)
        if isinstance(error, NotEncodableError):
            message = f"The model's {self._kind.name} returned what cannot be sent: {error}."
            return ApiError(500, message, code="result_not_encodable")
        return user_code_failed(self._kind.name, error, exchange.request_id)


def _wants_json(scope: Scope) -> bool:
    """Whether the client takes JSON and nothing else, as Truss's clients say that cannot read a stream."""
    for name, value in scope["headers"]:
        if name == b"accept":
            asked: bytes = value.partition(b";")[0].strip().lower()
            return asked == JSON
    return False


def _never(data: bytes) -> bool:  # noqa: ARG001 - the signature of a connection's own
    return False
