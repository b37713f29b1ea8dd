"""The local predictor with a memory: each text, and each history in the behaviour model's words, is read once.

What is remembered are the raw answers of the encoder, of the n-grams and of the small language model of events; they
depend on the model and on what was read only. All else (calibration, the trees, purchase history, fusion, quotes of
events) is computed anew each time, so that an answer from the memory is the same to the last bit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from purchase_agent.batch.memory import Memory
from purchase_agent.predictors.behaviour import BehaviourModel
from purchase_agent.predictors.happenings import EventsPredictor
from purchase_agent.predictors.local import LocalPredictor
from purchase_agent.predictors.model_folder import sha256
from purchase_agent.predictors.text import Piece, TextModel
from purchase_agent.predictors.timing.model import TimingModel

Floats = NDArray[np.float64]
READ, REMEMBERED = "read", "remembered"


class RememberingText(TextModel):
    """Counts in ``counts`` how many texts were ``read`` and how many ``remembered``."""

    def __init__(self, folder: Path, memory: Memory, counts: Counter[str]) -> None:
        super().__init__(folder)
        self._memory, self._counts = memory, counts
        self._key = b"text\0" + sha256(folder / "manifest.json").encode()

    def scores(self, pieces: Sequence[Piece]) -> tuple[NDArray[np.float32], NDArray[np.float32], list[bool]]:
        """As the model's own, of each different text once."""
        keys = [_digest(self._key, f"{piece.channel}\0{piece.text}".encode()) for piece in pieces]
        found = self._memory.find(keys)
        width = len(self._bias)
        size = 8 * width + 1
        found = {key: value for key, value in found.items() if len(value) == size}
        new = {key: piece for key, piece in zip(keys, pieces, strict=True) if key not in found}
        self._counts[f"texts {READ}"] += len(new)
        self._counts[f"texts {REMEMBERED}"] += len(keys) - len(new)
        if new:
            encoder, ngrams, cut = super().scores(list(new.values()))
            ngrams = ngrams.astype(np.float32, copy=False)
            made = {
                key: encoder[row].tobytes() + ngrams[row].tobytes() + bytes([cut[row]]) for row, key in enumerate(new)
            }
            self._memory.keep(made)
            found |= made
        table = np.frombuffer(b"".join(found[key][:-1] for key in keys), np.float32).reshape(len(keys), 2, width)
        return table[:, 0].copy(), table[:, 1].copy(), [bool(found[key][-1]) for key in keys]


class RememberingBehaviour(BehaviourModel):
    """Counts in ``counts`` how many histories were ``read`` and how many ``remembered``."""

    def __init__(self, folder: Path, memory: Memory, counts: Counter[str]) -> None:
        super().__init__(folder)
        self._memory, self._counts = memory, counts
        self._key = b"words\0" + sha256(folder / "manifest.json").encode()

    def word_scores(self, prompts: Sequence[Sequence[int]]) -> tuple[Floats, Floats]:
        """As the model's own, of each different prompt once."""
        keys = [_digest(self._key, np.asarray(prompt, np.uint16).tobytes()) for prompt in prompts]
        found = self._memory.find(keys)
        new = {key: prompt for key, prompt in zip(keys, prompts, strict=True) if key not in found}
        self._counts[f"histories {READ}"] += len(new)
        self._counts[f"histories {REMEMBERED}"] += len(keys) - len(new)
        if new:
            following, asked = super().word_scores(list(new.values()))
            made = {key: following[row].tobytes() + asked[row].tobytes() for row, key in enumerate(new)}
            self._memory.keep(made)
            found |= made
            self._widths = following.shape[1], asked.shape[1]
        first, second = self._widths
        table = np.frombuffer(b"".join(found[key] for key in keys), np.float64).reshape(len(keys), first + second)
        return table[:, :first].copy(), table[:, first:].copy()

    @cached_property
    def _widths(self) -> tuple[int, int]:
        from purchase_agent.predictors.behaviour import NEXT
        from purchase_agent.predictors.event_tokens import ASKED

        return len(NEXT), len(ASKED)


class RememberingPredictor(LocalPredictor):
    """The local predictor over a memory; ``counts`` as of its models.

    Args:
        text, behaviour, timing: folders of the models.
    """

    def __init__(self, text: Path, behaviour: Path, timing: Path, memory: Memory, counts: Counter[str]) -> None:
        super().__init__(text, behaviour, timing)
        self._memory, self._counts = memory, counts

    @cached_property
    def model(self) -> TextModel:
        """The text model."""
        return RememberingText(self._folders[0], self._memory, self._counts)

    @cached_property
    def events(self) -> EventsPredictor:
        """The models of events."""
        _, behaviour, timing = self._folders
        return EventsPredictor(RememberingBehaviour(behaviour, self._memory, self._counts), TimingModel(timing))


def _digest(key: bytes, content: bytes) -> bytes:
    whole = blake2b(key, digest_size=16)
    whole.update(content)
    return whole.digest()
