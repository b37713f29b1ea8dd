"""Modes in which the connection fails, or the answer never ends."""

from __future__ import annotations

import asyncio

from purchase_agent.faults.call import Call
from purchase_agent.faults.mode import everywhere, mode


@everywhere
async def closed_at_once(call: Call) -> None:
    """Closes every connection, whatever is asked, as a server that goes down."""
    call.ends = True


@mode
async def reset_before_headers(call: Call) -> None:
    """Resets the connection instead of an answer."""
    call.resets()


@mode
async def reset_in_headers(call: Call) -> None:
    """Resets the connection within the headers."""
    call.writer.write(b"HTTP/1.1 200 OK\r\ncontent-ty")
    await call.writer.drain()
    await asyncio.sleep(0.02)
    call.resets()


@mode
async def reset_in_body(call: Call) -> None:
    """Resets the connection within the body."""
    body = call.encoded(call.completion())
    call.writer.write(call.head(200, len(body)) + body[: len(body) // 2])
    await call.writer.drain()
    await asyncio.sleep(0.02)
    call.resets()


@mode
async def half_body(call: Call) -> None:
    """Closes the connection in good order after half of the bytes that Content-Length promises."""
    body = call.encoded(call.completion())
    call.writer.write(call.head(200, len(body)) + body[: len(body) // 2])
    await call.writer.drain()
    call.ends = True


@mode
async def half_body_hangs(call: Call) -> None:
    """Sends half of the body and then nothing."""
    body = call.encoded(call.completion())
    call.writer.write(call.head(200, len(body)) + body[: len(body) // 2])
    await call.writer.drain()
    await call.hangs()


@mode
async def slow_headers(call: Call) -> None:
    """Sends the headers byte by byte, five a second."""
    await call.trickles(call.head(200, 2), 0.2)
    await call.hangs()


@mode
async def drip(call: Call) -> None:
    """Sends a valid body byte by byte, twenty a second."""
    body = call.encoded(call.completion())
    call.writer.write(call.head(200, len(body)))
    await call.trickles(body, 0.05)


@mode
async def whitespace_only(call: Call) -> None:
    """Keeps the connection alive with blanks and never answers."""
    call.writer.write(call.head(200, None, transfer_encoding="chunked"))
    await call.trickles(b"1\r\n \r\n" * 1_000_000, 0.05, piece=6)


@mode
async def event_comments(call: Call) -> None:
    """Sends an event stream of comments, as servers do to keep a stream alive."""
    call.writer.write(call.head(200, None, content_type="text/event-stream", transfer_encoding="chunked"))
    await call.trickles(b"e\r\n: keep-alive\n\n\r\n" * 1_000_000, 0.05, piece=19)


@mode
async def chunks_never_end(call: Call) -> None:
    """Sends a valid body in chunks without the last, empty one."""
    body = call.encoded(call.completion())
    head = call.head(200, None, transfer_encoding="chunked")
    call.writer.write(head + f"{len(body):x}\r\n".encode() + body + b"\r\n")
    await call.writer.drain()
    await call.hangs()


@mode
async def bad_chunks(call: Call) -> None:
    """Sends chunks whose sizes are no numbers."""
    call.writer.write(call.head(200, None, transfer_encoding="chunked") + b"zz\r\n{}\r\n")
    await call.writer.drain()
    call.ends = True


@mode
async def not_http(call: Call) -> None:
    """Answers with the greeting of another protocol."""
    call.writer.write(b"220 mail.example ESMTP\r\n\r\n")
    await call.writer.drain()
    call.ends = True


@mode
async def endless_body(call: Call) -> None:
    """Sends bytes without end, as fast as they are taken."""
    call.ends = True
    call.writer.write(call.head(200, None, transfer_encoding="chunked"))
    while True:
        call.writer.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
        await call.writer.drain()


@mode
async def huge_body(call: Call) -> None:
    """Sends a valid answer behind 50 MB of blanks."""
    body = call.encoded(call.completion())
    blanks = 50_000_000
    call.writer.write(call.head(200, blanks + len(body)))
    for _ in range(blanks // 50_000):
        call.writer.write(b" " * 50_000)
        await call.writer.drain()
    call.writer.write(body)
    await call.writer.drain()


@mode
async def hung(call: Call) -> None:
    """Never answers a completion, while /health and /models are well: a hung engine."""
    await call.hangs()
