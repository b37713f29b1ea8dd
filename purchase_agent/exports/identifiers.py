"""How a shopper is named in a file that leaves the house: as he is, by a keyed pseudonym, or hashed for an ad platform.

Ad platforms find their own users by the plain SHA-256 of a normalised e-mail address or phone number. Such a hash hides
little from who can try addresses; it is for the platform only. A pseudonym cannot be tried without the key.

E-mail: blanks off, lower case; for Google also no dots and no ``+...`` before gmail.com. Phone: only with its country
code (``+`` or ``00``), as ``+`` and digits for Google (E.164), as digits for Meta.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from typing import Literal

from purchase_agent.errors import SettingsError
from purchase_agent.settings import PREFIX
from purchase_agent.store import pseudonym

Hash = Literal["none", "hmac", "sha256"]
Platform = Literal["google", "meta"]
Named = Callable[[str], dict[str, str] | None]
"""Shopper id -> the columns that name him, or None where he cannot be named so."""

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}")
_PHONE = re.compile(r"(?:\+|00)[1-9][0-9]{6,14}")
_GMAIL = ("gmail.com", "googlemail.com")
COLUMNS: dict[Hash, tuple[str, ...]] = {"none": ("shopper_id",), "hmac": ("pseudonym",), "sha256": ("email", "phone")}


def naming(how: Hash, *, key: str | None = None, platform: Platform = "google") -> Named:
    """The way to name shoppers.

    Raises:
        SettingsError: pseudonyms are asked for and no key is set.
    """
    if how == "hmac":
        if key is None:
            raise SettingsError("pseudonyms need a key and none is set", hint=f"set {PREFIX}HASH_KEY")
        secret = key
        return lambda shopper_id: {"pseudonym": pseudonym(shopper_id, secret)}
    if how == "sha256":
        return lambda shopper_id: _for_platform(shopper_id, platform)
    return lambda shopper_id: {"shopper_id": shopper_id}


def normalised(shopper_id: str, platform: Platform = "google") -> tuple[str, str] | None:
    """(``email`` or ``phone``, its normalised form); None where the id is neither."""
    text = unicodedata.normalize("NFKC", shopper_id).strip().lower().removeprefix("mailto:").removeprefix("tel:")
    if _EMAIL.fullmatch(text):
        name, _, host = text.partition("@")
        if platform == "google" and host in _GMAIL:
            name = name.partition("+")[0].replace(".", "")
        return "email", f"{name}@{host}"
    digits = re.sub(r"[\s().\-/]", "", text)
    if _PHONE.fullmatch(digits):
        number = digits.removeprefix("+").removeprefix("00")
        return "phone", f"+{number}" if platform == "google" else number
    return None


def person(shopper_id: str) -> str:
    """What several ids of one person have in common, where they are his address written differently; else the id.

    Of the forms of the platforms the one that tells fewest apart: who has one hash at any of them is one person.
    """
    found = normalised(shopper_id, "google")
    return shopper_id if found is None else found[1]


def _for_platform(shopper_id: str, platform: Platform) -> dict[str, str] | None:
    found = normalised(shopper_id, platform)
    if found is None:
        return None
    kind, text = found
    return {kind: hashlib.sha256(text.encode()).hexdigest()}
