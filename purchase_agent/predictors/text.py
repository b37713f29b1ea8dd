"""The local text model: one int8 encoder pass and n-grams, run by ONNX Runtime and tokenizers alone.

Texts are cut to ``MAX_TOKENS``, sorted into length buckets and run bucket by bucket. Nothing in the graph depends on
the batch, and the heads are applied row by row, so a text gets the same numbers alone and among others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from purchase_agent.clean import clean
from purchase_agent.errors import ModelFileError
from purchase_agent.predictors.calibrate import OUTPUTS, Calibration, Readings, calibrate, split
from purchase_agent.predictors.model_folder import advice, verified
from purchase_agent.predictors.ngrams import NgramModel
from purchase_agent.predictors.onnx_session import open_session

MAX_TOKENS = 256
"""Tokens of one text that are read; of a longer text the first part is kept and the answer says ``truncated``."""
_RESERVED = 3  # [CLS], the channel, [SEP]
_BUCKETS = (*range(8, 65, 4), *range(72, 145, 8), *range(160, MAX_TOKENS + 1, 16))
_TOKENS_PER_RUN = 512  # what lies between two operators fits a core's cache; runs four times as long are 9 % slower
FILES = ("encoder.onnx", "heads.npz", "ngrams.npz", "tokenizer.json", "calibration.json")


@dataclass(frozen=True, slots=True)
class Piece:
    """A cleaned text to be read, with its channel and the language it is calibrated for (``en`` or ``zh``)."""

    text: str
    channel: str
    language: str


class TextModel:
    """Loads a model folder once; safe to share between threads.

    Args:
        folder: with ``manifest.json`` naming each file's SHA-256.
        threads: of ONNX Runtime; one is best below about 64 tokens.

    Raises:
        ModelFileError: a file is missing or is not the one the manifest names.
    """

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        self.folder = folder
        self.manifest = _verified(folder)
        self.version: str = self.manifest["version"]
        self.calibration = Calibration.model_validate_json((folder / "calibration.json").read_bytes())
        self._ngrams = NgramModel.load(folder / "ngrams.npz")
        with np.load(folder / "heads.npz", allow_pickle=False) as heads:
            self._weight, self._bias = heads["weight"].astype(np.float32), heads["bias"].astype(np.float32)
        self._session, self._tokenizer = _load_runtime(folder, threads)
        ids = self.manifest["token_ids"]
        self._first, self._last = ids["[CLS]"], ids["[SEP]"]
        self._channel: dict[str, int] = {name: ids[f"[{name}]"] for name in self.manifest["channels"]}

    def encode(self, pieces: Sequence[Piece]) -> tuple[list[list[int]], list[bool]]:
        """Token ids of each text and whether it was cut."""
        encodings = self._tokenizer.encode_batch_fast([piece.text for piece in pieces], add_special_tokens=False)
        room = MAX_TOKENS - _RESERVED
        rows = [
            [self._first, self._channel[piece.channel], *encoding.ids[:room], self._last]
            for piece, encoding in zip(pieces, encodings, strict=True)
        ]
        return rows, [len(encoding.ids) > room for encoding in encodings]

    def words(self, text: str) -> list[tuple[int, int]]:
        """Spans of the vocabulary's words and pieces of words in ``text``: what a word is where nothing is spaced."""
        offsets: list[tuple[int, int]] = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return offsets

    def pooled(self, rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """[texts, features] of the encoder for token-id rows."""
        out = np.empty((len(rows), self._weight.shape[0]), np.float32)
        for width, places in _runs(rows):
            ids = np.zeros((len(places), width), np.int32)
            for line, place in enumerate(places):
                ids[line, : len(rows[place])] = rows[place]
            lengths = np.asarray([len(rows[place]) for place in places], np.int32)
            out[places] = self._session.run(None, {"ids": ids, "lengths": lengths})[0]
        return out

    def scores(self, pieces: Sequence[Piece]) -> tuple[NDArray[np.float32], NDArray[np.float32], list[bool]]:
        """Raw scores of the encoder and of the n-grams, each [texts, outputs], and which texts were cut."""
        rows, cut = self.encode(pieces)
        pooled = self.pooled(rows)
        encoder = np.empty((len(pieces), len(self._bias)), np.float32)
        for place, features in enumerate(pooled):  # row by row: a matrix product may round differently for one row
            encoder[place] = features @ self._weight + self._bias
        return encoder, self._ngrams.logits([(piece.text, piece.channel) for piece in pieces]), cut

    def read(self, pieces: Sequence[Piece]) -> tuple[Readings, list[bool]]:
        """Calibrated probabilities of each text, and which were cut. Texts in = rows out, same order."""
        encoder, ngrams, cut = self.scores(pieces)
        languages = [piece.language for piece in pieces]
        return calibrate(split(encoder), split(ngrams), languages, self.calibration), cut

    def piece(self, text: str, channel: str, language: str) -> Piece:
        """A raw text as the model reads it."""
        return Piece(clean(text).text, channel, language)


def _runs(rows: Sequence[Sequence[int]]) -> Iterator[tuple[int, list[int]]]:
    """(padded width, places of rows): rows of one length bucket, at most ``_TOKENS_PER_RUN`` tokens together."""
    buckets: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        width = next(width for width in _BUCKETS if len(row) <= width)
        buckets.setdefault(width, []).append(place)
    for width, places in sorted(buckets.items()):
        step = max(1, _TOKENS_PER_RUN // width)
        for start in range(0, len(places), step):
            yield width, places[start : start + step]


def _verified(folder: Path) -> dict[str, Any]:
    manifest = verified(folder, FILES, "train text")
    if manifest.get("outputs") != OUTPUTS:
        raise ModelFileError(f"the model in {folder} was made for other labels", hint=advice("train text"))
    return manifest


def _load_runtime(folder: Path, threads: int) -> tuple[Any, Any]:
    # Imported here: the command line's --help must not wait for it.
    from tokenizers import Tokenizer

    session = open_session(folder / "encoder.onnx", threads, optimise=False)
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # the library raises its own bare exceptions
        raise ModelFileError(f"the model in {folder} cannot be loaded: {error}") from error
    return session, tokenizer
