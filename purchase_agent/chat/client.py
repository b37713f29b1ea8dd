"""The client: a plain call from any thread, answered by the deadline whatever the server does."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
import weakref
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from purchase_agent.chat.asking import Asker
from purchase_agent.chat.background import Background
from purchase_agent.chat.breaker import Breaker
from purchase_agent.chat.failures import AttemptError, Raw
from purchase_agent.chat.habits import Habits
from purchase_agent.chat.headers import kept_back, sent_headers
from purchase_agent.chat.request import Answer, Endpoint, Failure, Request
from purchase_agent.chat.usage import Usage

if TYPE_CHECKING:
    import httpx2
    import openai

MAX_BYTES = 8 * 2**20
"""Of a response; the rest is not read."""

_MAX_PACKED_BYTES = 2**17  # of a compressed one, which nobody asked for: it may unfold a thousandfold
_CONNECT_S = 5.0
_GRACE_S = 0.15  # for a loop that is busy when the deadline comes


class ChatClient:
    """Asks one endpoint, from any thread, with bounded concurrency; see ``Endpoint`` for the bounds.

    The library that speaks HTTP is imported on the client's own thread. After a fork the child starts afresh.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._lock = threading.Lock()
        self._closed = False
        self._start()

    def _start(self) -> None:
        self._process = os.getpid()
        self._wire = _OpenAIWire(self.endpoint)
        self._asker = Asker(self.endpoint, self._wire)
        self._background = Background(_import_early, self._wire.close)
        self._end = weakref.finalize(self, self._background.stop)
        self._end.atexit = False  # a daemon thread needs no farewell

    @property
    def usage(self) -> Usage:
        """Totals so far."""
        return self._asker.usage.copy()

    @property
    def breaker(self) -> Breaker:
        """Whether the endpoint is spared just now: ``breaker.state``."""
        return self._asker.breaker

    @property
    def habits(self) -> Habits:
        """What has been learned of the endpoint so far."""
        return self._asker.attempts.habits

    def ask(self, requests: Sequence[Request], deadline_s: float) -> list[Answer | Failure]:
        """The outcome of each request, in order, at most 0.25 s after the deadline that they all share.

        What a request's check raises, if anything, is raised here.
        """
        deadline = time.monotonic() + deadline_s
        results: list[Answer | Failure | None] = [None] * len(requests)
        ended = self._do(lambda asker: asker.ask(requests, deadline, results), deadline)
        missing = Failure("timeout", "the deadline came before its answer", "", 0)
        if not ended:
            missing = Failure("cancelled", "the client was closed", "", 0)
        return [missing if result is None else result for result in results]

    def probe(self, deadline_s: float) -> Answer | Failure:
        """Whether the model itself answers: a completion of one token."""
        deadline = time.monotonic() + deadline_s
        results: list[Answer | Failure] = []

        async def probe(asker: Asker) -> None:
            results.append(await asker.probe(deadline))

        self._do(probe, deadline)
        return results[0] if results else Failure("timeout", "the probe was not answered in time", "", 0)

    def close(self) -> None:
        """Ends what is under way as ``cancelled``; whatever is asked afterwards is, too."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        if self._process == os.getpid():
            self._end()

    def _do(self, work: Any, deadline: float) -> bool:
        """Runs ``work`` on the loop until the deadline and a little longer; False where the client is closed."""
        with self._lock:
            if self._closed:
                return False
            if self._process != os.getpid():
                self._end.detach()  # that thread is the parent's
                self._start()
            future = self._background.submit(work(self._asker))
        try:
            future.result(max(deadline - time.monotonic(), 0.0) + _GRACE_S)
        except TimeoutError:
            pass
        except CancelledError:
            return False
        finally:
            future.cancel()
        return True


def _import_early() -> None:
    """The slow import, a second, while the caller still does something else."""
    with contextlib.suppress(ImportError):  # which then comes up where the library is used
        import openai  # noqa: F401


class _OpenAIWire:
    """Sends with the openai library, without its retries, timeouts and parsing."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client: openai.AsyncOpenAI | None = None
        self._always: dict[str, Any] = {}  # headers; a header that is left out has to be left out at each call

    def _connected(self) -> openai.AsyncOpenAI:
        """The library's client, made when first needed; making it sends nothing."""
        import httpx2
        import openai

        if self._client is not None:
            return self._client
        # Its debug log has held request bodies in some versions: a shopper's words stay out of logs.
        logging.getLogger("openai._base_client").setLevel(logging.INFO)
        endpoint = self._endpoint
        most = endpoint.concurrency + 2  # a probe and the list of models find a place beside the requests
        limits = httpx2.Limits(max_connections=most, max_keepalive_connections=most, keepalive_expiry=30.0)
        headers = sent_headers(endpoint)
        self._always = {name: openai.Omit() for name in kept_back(headers, os.environ)}
        self._client = openai.AsyncOpenAI(
            api_key=endpoint.api_key or "none",
            base_url=endpoint.base_url,
            max_retries=0,
            default_headers=headers,
            http_client=openai.DefaultAsyncHttpxClient(
                follow_redirects=False,
                trust_env=not endpoint.is_loopback,
                limits=limits,
                timeout=httpx2.Timeout(None, connect=_CONNECT_S),
                event_hooks={"response": [_bound]},
            ),
            timeout=httpx2.Timeout(None, connect=_CONNECT_S),
        )
        return self._client

    async def post(self, body: Mapping[str, Any], request_id: str) -> Raw:
        """Asks for a chat completion; raises ``AttemptError`` where no response came."""
        return await self._send("post", "/chat/completions", {"X-Request-ID": request_id}, body)

    async def models(self) -> Raw:
        """Asks for the list of models; raises ``AttemptError`` where no response came."""
        return await self._send("get", "/models", {}, None)

    async def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            await self._client.close()

    async def _send(self, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, Any] | None) -> Raw:
        import httpx2
        import openai

        try:
            client = self._connected()
            options: Any = {"headers": {**self._always, **headers}}
            if method == "post":
                response = await client.post(path, cast_to=httpx2.Response, body=body, options=options)
            else:
                response = await client.get(path, cast_to=httpx2.Response, options=options)
        except openai.APIStatusError as error:
            response = error.response
        except openai.APITimeoutError:
            raise AttemptError(
                "connection", f"the endpoint was not reached in {_CONNECT_S:.0f} s", again=True
            ) from None
        except openai.APIConnectionError as error:
            raise _unreachable(error.__cause__) from None
        except (_TooLargeError, httpx2.HTTPError, OSError) as error:
            raise _unreachable(error) from None
        except (openai.OpenAIError, httpx2.InvalidURL, TypeError, ValueError) as error:
            # A text that cannot be encoded, a header with a line break: the fault is in what was to be sent.
            raise AttemptError("bad_request", f"the request cannot be sent ({type(error).__name__})") from None
        return Raw(response.status_code, response.headers, response.content)


def _unreachable(cause: BaseException | None) -> AttemptError:
    """Why no response came. The cause is not quoted: it may hold what was sent."""
    import httpx2

    if isinstance(cause, _TooLargeError):
        return AttemptError("no_answer", f"the endpoint sent more than {MAX_BYTES // 2**20} MiB")
    if isinstance(cause, httpx2.DecodingError):
        return AttemptError("no_answer", "the endpoint's answer cannot be unpacked")
    if isinstance(cause, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError):
        return AttemptError("bad_request", "the request cannot be sent to this address with these headers")
    what = "was not reached" if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout) else "broke off"
    return AttemptError("connection", f"the endpoint {what} ({type(cause).__name__})", again=True)


class _TooLargeError(Exception):
    """The response is longer than anyone needs."""


async def _bound(response: httpx2.Response) -> None:
    """Lets no more than ``MAX_BYTES`` of a response in, whatever its status."""
    import httpx2

    limit = _MAX_PACKED_BYTES if response.headers.get("content-encoding", "identity") != "identity" else MAX_BYTES
    stream = response.stream
    if not isinstance(stream, httpx2.AsyncByteStream):
        return
    inner: httpx2.AsyncByteStream = stream

    class Bounded(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            passed = 0
            async for chunk in inner:
                passed += len(chunk)
                if passed > limit:
                    raise _TooLargeError
                yield chunk

        async def aclose(self) -> None:
            await inner.aclose()

    response.stream = Bounded()
