"""Pseudonyms: the same id and key give the same one, and without the key nobody finds the id by trying ids."""

from __future__ import annotations

import hashlib
import hmac


def pseudonym(shopper_id: str, key: str | bytes) -> str:
    """HMAC-SHA-256 of an id, as 64 hexadecimal digits (RFC 2104; ``key`` is the setting ``hash_key``)."""
    secret = key.encode() if isinstance(key, str) else key
    return hmac.new(secret, shopper_id.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
