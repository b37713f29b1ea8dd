"""The parts of the load test that need no server."""

import json
import math

import pytest

from purchase_agent.eval.bench.load import QUICK, SERVERS
from purchase_agent.eval.bench.load_client import Connection, Taken, request
from purchase_agent.eval.bench.load_texts import KINDS, shoppers
from purchase_agent.evidence import read_shopper


@pytest.mark.parametrize("kind", KINDS)
def test_shoppers_are_readable_and_all_different(kind):
    found = [read_shopper(json.loads(body)) for body in shoppers(kind, 300)]
    assert len({one.texts[0].text for one in found}) == len({one.shopper_id for one in found}) == 300


def test_shares_and_rates():
    taken = Taken(seconds=2.0)
    taken.times[200] = [0.1 * one for one in range(10)]
    assert (taken.rate, taken.share(200, 0.5), round(taken.share(200, 0.99), 3)) == (5.0, 0.5, 0.9)
    assert math.isnan(taken.share(429, 0.5))


async def test_an_answer_is_read_in_pieces_and_an_end_is_no_answer():
    class Wire:
        def __init__(self):
            self.sent = b""

        def write(self, data):
            self.sent += data

        def close(self):
            pass

    connection, wire = Connection(), Wire()
    connection._transport = wire  # type: ignore[assignment]
    answer = connection.ask(request(b"{}"))
    for piece in (b"HTTP/1.1 429 Too Many", b"\r\ncontent-length: 4\r\n\r\nab", b"cd"):
        assert not answer.done()
        connection.data_received(piece)
    assert await answer == 429
    assert wire.sent.endswith(b"Content-Length: 2\r\n\r\n{}")
    answer = connection.ask(b"x")
    connection.connection_lost(None)
    assert await answer == 0
    assert await connection.ask(b"x") == 0


def test_the_quick_run_is_short_and_compares_two_unbatched_servers():
    assert QUICK.memory <= 1000
    assert len(SERVERS) == 3
