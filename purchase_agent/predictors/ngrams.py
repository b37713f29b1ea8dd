"""Hashed word and character n-grams with one linear layer: the part that knows exact words.

Features follow the classic text baseline (words 1-2, characters 1-4), hashed into a fixed number of buckets
(Weinberger et al. 2009), sublinear counts times inverse document frequency, length one. Weights are int8 with a
scale for each output, so the whole table fits in a few megabytes.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_WORD = re.compile(r"[a-z0-9']+|[\u3400-\u9fff]|[^\sa-z0-9'\u3400-\u9fff]")
_SPACES = re.compile(r"\s+")
MAX_CHARACTERS = 400


def features(text: str, channel: str, buckets: int) -> tuple[NDArray[np.int64], Floats]:
    """Bucket numbers (sorted, each once) and how often each occurs, damped: 1 + log(count)."""
    folded = _SPACES.sub(" ", unicodedata.normalize("NFKC", text).lower())[:MAX_CHARACTERS].strip()
    words = _WORD.findall(folded)
    grams = [f"w{word}" for word in words]
    grams += [f"b{first} {second}" for first, second in pairwise(words)]
    grams.append(f"channel {channel}")
    hashes = [zlib.crc32(gram.encode("utf-8", "replace")) for gram in grams]
    # Characters are cut out of the encoded text: encoding each of some hundred pieces would cost more than hashing.
    encoded = f" {folded} ".encode("utf-8", "replace")
    starts = [place for place, byte in enumerate(encoded) if byte & 0xC0 != 0x80]
    starts.append(len(encoded))
    for size in (1, 2, 3, 4):
        hashes += [zlib.crc32(encoded[first:last]) for first, last in zip(starts, starts[size:], strict=False)]
    places, counts = np.unique(np.asarray(hashes, np.int64) % buckets, return_counts=True)
    return places, (1 + np.log(counts.astype(np.float32))).astype(np.float32)


@dataclass(frozen=True, slots=True)
class NgramModel:
    """Linear model over hashed n-grams.

    Args:
        idf: [buckets] inverse document frequency.
        weights: [buckets, outputs] int8.
        scale: [outputs] what one step of ``weights`` is worth.
        bias: [outputs].
    """

    idf: Floats
    weights: NDArray[np.int8]
    scale: Floats
    bias: Floats

    def logits(self, texts: Sequence[tuple[str, str]]) -> Floats:
        """[texts, outputs] for (text, channel) pairs; each row depends on its own text only."""
        out = np.empty((len(texts), len(self.bias)), np.float32)
        for row, (text, channel) in enumerate(texts):
            places, values = features(text, channel, len(self.idf))
            values = values * self.idf[places]
            length = float(np.sqrt((values * values).sum())) or 1.0
            out[row] = (values / length) @ self.weights[places].astype(np.float32) * self.scale + self.bias
        return out

    def save(self, path: Path) -> None:
        np.savez(path, idf=self.idf.astype(np.float16), weights=self.weights, scale=self.scale, bias=self.bias)

    @staticmethod
    def load(path: Path) -> NgramModel:
        with np.load(path, allow_pickle=False) as file:
            return NgramModel(file["idf"].astype(np.float32), file["weights"], file["scale"], file["bias"])
