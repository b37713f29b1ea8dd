"""The files of the page at ``/``: read once, sent with their types, their digests and the policy of the page.

One of them, what labels are called, is made from the names that answers use.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from purchase_agent.insights.names import LABELS

LABELS_FILE = "labels.js"
FOLDER = Path(__file__).parent / "page"
# The last two: no string becomes markup or script, whoever wrote it; the page makes nodes and sets their text.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_TYPES = {
    ".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PageFile:
    """One file as it is sent."""

    content: bytes
    media_type: str
    tag: str

    @property
    def headers(self) -> dict[str, str]:
        """Kept by a browser that asks each time whether it is still the same."""
        told = {"etag": self.tag, "cache-control": "no-cache"}
        if self.media_type.startswith("text/html"):
            told |= {"content-security-policy": POLICY, "cross-origin-opener-policy": "same-origin"}
        return told

    def known(self, tags: str | None) -> bool:
        """Whether one of the tags that a browser names is this file's."""
        return tags is not None and self.tag in {tag.strip().removeprefix("W/") for tag in tags.split(",")}


@cache
def page_files() -> dict[str, PageFile]:
    """Name -> file; nothing else is ever read from the disk for a request."""
    contents = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.suffix in _TYPES}
    contents[LABELS_FILE] = _labels()
    return {
        name: PageFile(content, _TYPES[Path(name).suffix], f'"{hashlib.sha256(content).hexdigest()[:32]}"')
        for name, content in contents.items()
    }


def _labels() -> bytes:
    """What labels are called, as in the answers to questions: language -> task -> label -> name."""
    languages = ("en", "zh")
    told = {
        language: {
            task: {name: both[place][:1].upper() + both[place][1:] for name, both in names.items()}
            for task, names in LABELS.items()
        }
        for place, language in enumerate(languages)
    }
    return f"export const labels = {json.dumps(told, ensure_ascii=False)};\n".encode()
