import hashlib
import hmac

import pytest

from purchase_agent.errors import SettingsError
from purchase_agent.exports.identifiers import Platform, naming, normalised
from purchase_agent.store import pseudonym


@pytest.mark.parametrize(
    ("given", "platform", "wanted"),
    [
        (" Ann.Lee@Example.COM ", "google", ("email", "ann.lee@example.com")),
        ("Ann.Lee+news@Gmail.com", "google", ("email", "annlee@gmail.com")),
        ("Ann.Lee+news@Gmail.com", "meta", ("email", "ann.lee+news@gmail.com")),
        ("+1 (650) 555-1234", "google", ("phone", "+16505551234")),
        ("+1 (650) 555-1234", "meta", ("phone", "16505551234")),
        ("0086 138 0013 8000", "google", ("phone", "+8613800138000")),
        ("＋86 13800138000", "google", ("phone", "+8613800138000")),
        ("13800138000", "google", None),
        ("c00001", "google", None),
        ("ann@home", "google", None),
        ("+12", "google", None),
    ],
)
def test_addresses_are_written_as_the_platform_wants(
    given: str, platform: Platform, wanted: tuple[str, str] | None
) -> None:
    assert normalised(given, platform) == wanted


def test_an_address_is_hashed_plainly() -> None:
    # The example of a hashed address that Google's help pages give: test@gmail.com
    assert naming("sha256")("test@gmail.com") == {
        "email": "87924606b4131a8aceeeae8868531fbb9712aaa07a5d3a756b26ce0f5d6ca674"
    }
    assert naming("sha256")("+16505551234") == {"phone": hashlib.sha256(b"+16505551234").hexdigest()}
    assert naming("sha256")("c1") is None


def test_a_pseudonym_needs_the_key() -> None:
    key = "0123456789abcdef"
    wanted = hmac.new(key.encode(), "客户1".encode(), "sha256").hexdigest()
    assert naming("hmac", key=key)("客户1") == {"pseudonym": wanted}
    assert pseudonym("客户1", key) == pseudonym("客户1", key.encode()) == wanted
    assert pseudonym("客户1", "another key, too") != wanted
    with pytest.raises(SettingsError, match="HASH_KEY"):
        naming("hmac")


def test_an_id_is_left_as_it_is() -> None:
    assert naming("none")(" C1 ") == {"shopper_id": " C1 "}
