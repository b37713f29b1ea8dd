"""The key, and without one this machine only."""

import pytest

from purchase_agent.addresses import is_loopback
from purchase_agent.errors import SettingsError
from purchase_agent.web.auth import Guard, check_address
from purchase_agent.web.problems import ProblemError

KEY = "a-long-enough-key"


def refused(guard, path="/v1/predict", **headers):
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    try:
        guard.check(path, given)
    except ProblemError as problem:
        return problem.status
    return None


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (f"Bearer {KEY}", None), (f"bearer {KEY}", None), (f"Bearer  {KEY} ", None), (KEY, 401), (f"Basic {KEY}", 401),
        (f"Bearer {KEY}x", 401), (f"Bearer {KEY[:-1]}", 401), ("Bearer ", 401), ("", 401), ("Bearer schlüssel", 401),
    ],
)  # fmt: skip
def test_the_key_has_to_be_right(sent, status):
    assert refused(Guard(KEY), authorization=sent) == status


def test_no_key_and_two_keys_are_wrong():
    guard = Guard(KEY)
    assert refused(guard) == 401
    two = [(b"authorization", f"Bearer {KEY}".encode())] * 2
    with pytest.raises(ProblemError) as problem:
        guard.check("/v1/predict", two)
    assert problem.value.headers == {"www-authenticate": "Bearer"}


def test_with_a_key_any_host_will_do_and_what_tells_nothing_is_open():
    guard = Guard(KEY)
    assert refused(guard, host="shop.example", authorization=f"Bearer {KEY}") is None
    assert refused(guard, "/healthz", host="shop.example") is None
    assert refused(guard, "/metrics") == 401
    assert refused(guard, "/v1/tools") == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", None), ("localhost:8080", None), ("LOCALHOST:1", None), ("127.0.0.1", None),
        ("127.9.9.9:80", None),
        ("[::1]", None), ("[::1]:8080", None), ("evil.example", 421), ("localhost.evil.example", 421), ("", 421),
        ("127.0.0.1.evil.example", 421), ("evil@localhost", 421), ("localhost:x", 421), ("10.0.0.1", 421),
        ("[::1", 421),
        ("localhost/x", 421), ("localhost:99999", 421), ("0.0.0.0", 421),
    ],
)  # fmt: skip
def test_without_a_key_only_loopback_names_are_answered(host, status):
    assert refused(Guard(None), host=host) == status
    assert refused(Guard(None), "/healthz", host=host) == status


def test_without_a_key_two_hosts_or_none_are_not_answered():
    assert refused(Guard(None)) == 421
    with pytest.raises(ProblemError):
        Guard(None).check("/", [(b"host", b"localhost"), (b"host", b"evil.example")])


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:3000", None),
        ("http://127.0.0.1", None),
        ("https://evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_without_a_key_pages_of_other_sites_are_refused(origin, status):
    assert refused(Guard(None), host="localhost", origin=origin) == status


@pytest.mark.parametrize("key", ["", " ", "a b\n", "schlüssel", " padded "])
def test_keys_that_no_header_can_carry(key):
    with pytest.raises(SettingsError):
        Guard(key)


def test_other_addresses_need_a_key():
    for host in ("0.0.0.0", "::", "", "shop.example", "192.168.1.4"):
        check_address(host, has_key=True)
        with pytest.raises(SettingsError, match="needs a key"):
            check_address(host, has_key=False)
    for host in ("127.0.0.1", "localhost", "::1"):
        assert is_loopback(host)
        check_address(host, has_key=False)


async def test_the_server_asks_for_the_key(connect):
    async with connect(key=KEY) as client:
        without = await client.post("/v1/predict", json="a")
        given = await client.post("/v1/predict", json="a", headers={"authorization": f"Bearer {KEY}"})
    assert without.status_code == 401
    assert without.headers["www-authenticate"] == "Bearer"
    assert without.json()["type"] == "/docs#unauthorized"
    assert given.status_code == 200
