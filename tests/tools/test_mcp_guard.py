import json
from typing import Any

import pytest

from purchase_agent.errors import SettingsError
from purchase_agent.tools.mcp.guard import PATH, Guard

KEY = "correct-horse-battery"
BEARER = [("authorization", f"Bearer {KEY}")]


async def ask(
    *heads: tuple[str, str],
    key: str | None = None,
    origins: tuple[str, ...] = (),
    method: str = "POST",
    path: str = PATH,
) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, body and headers of the answer to a request with these headers; what is guarded answers 200."""
    sent: list[Any] = []

    async def inner(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def receive() -> Any:
        raise AssertionError("the body of a request is not read here")

    async def send(message: Any) -> None:
        sent.append(message)

    given = [(name.encode(), value.encode("latin-1")) for name, value in heads]
    await Guard(inner, key, origins)({"type": "http", "method": method, "path": path, "headers": given}, receive, send)
    start, body = sent
    told = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], json.loads(body["body"]), told


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8080", "localhost:1", "[::1]:8080", "127.8.9.1", "LOCALHOST:1"]
)
async def test_without_a_key_this_machine_is_answered(host: str) -> None:
    assert (await ask(("host", host)))[0] == 200


@pytest.mark.parametrize(
    "heads",
    [
        (), (("host", ""),), (("host", "shop.example"),), (("host", "127.0.0.1.nip.io:8080"),), (("host", "10.0.0.7"),),
        (("host", "localhost:x"),), (("host", "user@localhost"),), (("host", "localhost/a"),), (("host", "0.0.0.0"),),
        (("host", "localhost"), ("host", "shop.example")),
    ],
)  # fmt: skip
async def test_without_a_key_no_other_name_is_answered(heads: tuple[tuple[str, str], ...]) -> None:
    status, body, _ = await ask(*heads)
    assert status == 421
    assert body["error"]["message"].startswith("without a key only localhost")
    assert body["id"] is None


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("localhost:8080", "http://localhost:8080", 200),
        ("localhost:8080", "http://LOCALHOST:8080", 200),
        ("localhost", "http://localhost", 200),
        ("localhost:80", "http://localhost", 200),
        ("localhost:443", "https://localhost", 200),
        ("localhost:8080", "https://shop.example", 200),
        ("localhost:8080", "https://shop.example:444", 403),
        ("localhost:8080", "http://localhost:9999", 403),
        ("localhost:8080", "http://127.0.0.1:8080", 403),
        ("localhost:8080", "https://evil.example", 403),
        ("localhost:8080", "https://shop.example.evil.example", 403),
        ("localhost:8080", "http://localhost:8080@evil.example", 403),
        ("localhost:8080", "http://localhost:8080/a", 403),
        ("localhost:8080", "file://localhost:8080", 403),
        ("localhost:8080", "null", 403),
        ("localhost:8080", "", 403),
    ],
)
async def test_a_page_may_ask_from_the_same_host_or_one_that_was_named(host: str, origin: str, status: int) -> None:
    found, _, _ = await ask(("host", host), ("origin", origin), origins=("https://Shop.example/",))
    assert found == status


async def test_with_the_key_any_name_is_answered() -> None:
    assert (await ask(("host", "mcp.shop.example"), *BEARER, key=KEY))[0] == 200
    assert (await ask(("host", "mcp.shop.example"), ("authorization", f"bearer {KEY}"), key=KEY))[0] == 200
    assert (await ask(("host", "a"), ("origin", "https://b"), *BEARER, key=KEY))[0] == 403


@pytest.mark.parametrize(
    "heads",
    [
        [], [("authorization", "")], [("authorization", "Bearer")], [("authorization", "Bearer ")],
        [("authorization", KEY)], [("authorization", f"Basic {KEY}")], [("authorization", f"Bearer {KEY}x")],
        [("authorization", f"Bearer {KEY[:-1]}")], [("authorization", "Bearer schlüssel")], [*BEARER, *BEARER],
    ],
)  # fmt: skip
async def test_a_wrong_key_is_refused(heads: list[tuple[str, str]]) -> None:
    status, body, headers = await ask(("host", "localhost"), *heads, key=KEY)
    assert status == 401
    assert headers["www-authenticate"] == "Bearer"
    assert KEY not in json.dumps(body)


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "OPTIONS"])
async def test_there_are_no_sessions_to_listen_to(method: str) -> None:
    status, _, headers = await ask(("host", "localhost"), method=method)
    assert (status, headers["allow"]) == (405, "POST")
    assert (await ask(("host", "localhost"), method=method, path="/other"))[0] == 200


@pytest.mark.parametrize("key", ["", "two words", "schlüssel-schlüssel", "line\nbreak"])
def test_a_key_that_no_header_can_carry_is_refused_at_the_start(key: str) -> None:
    with pytest.raises(SettingsError, match="cannot be sent in a header"):
        Guard(lambda *_: None, key)  # type: ignore[arg-type]


async def test_a_websocket_is_not_passed_on() -> None:
    async def never(*_: Any) -> Any:
        raise AssertionError("nothing is asked for and nothing told")

    await Guard(never)({"type": "websocket", "headers": []}, never, never)
