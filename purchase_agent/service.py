"""``PurchaseAgent``: the one place where predictors are built and asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, get_args

from purchase_agent.errors import InputError, SettingsError
from purchase_agent.evidence import Shopper, read_shopper
from purchase_agent.explain import Explanation, explain
from purchase_agent.prediction import EvidenceMode, Prediction
from purchase_agent.predictors.local import LocalPredictor
from purchase_agent.predictors.prepare import prepare
from purchase_agent.settings import Engine, Settings, load_settings, model_folder

Given = Shopper | str | Mapping[str, Any]
_BATCH = 64


class PurchaseAgent:
    """Predicts intent, motivation, next action and timing of shoppers.

    Args:
        engine: ``local`` or ``auto`` (local as long as no endpoint is set).
        evidence: ``none``, ``fast`` (clauses) or ``full`` (words).
        models_dir: folder of own models (``text/``, ``behaviour/``, ``timing/``); for one that is not there the shipped
            one answers.

    Example:
        >>> from purchase_agent import PurchaseAgent
        >>> agent = PurchaseAgent()
        >>> agent.predict("My laptop died, which one should I get before Friday?").intent.label
        'consideration'
    """

    def __init__(
        self,
        engine: Engine | None = None,
        evidence: EvidenceMode | None = None,
        *,
        models_dir: Path | str | None = None,
    ) -> None:
        self.settings: Settings = load_settings()
        self.engine = engine or self.settings.engine
        if self.engine not in ("auto", "local"):
            raise SettingsError(f"engine {self.engine!r} is not available in this release", hint="use local or auto")
        self.evidence: EvidenceMode = _known_mode(evidence or self.settings.evidence)
        self.models_dir = Path(models_dir or self.settings.models_dir)

    @cached_property
    def _predictor(self) -> LocalPredictor:
        text, behaviour, timing = (model_folder(self.models_dir, name) for name in ("text", "behaviour", "timing"))
        return LocalPredictor(text, behaviour, timing, threads=self.settings.threads)

    def predict(self, shopper: Given, *, evidence: EvidenceMode | None = None) -> Prediction:
        """The prediction for one shopper: a sentence, a mapping in the contract's form, or a ``Shopper``.

        Raises:
            InputError: the shopper cannot be read; the message names the field.
            ModelFileError: the model is missing or damaged.
        """
        case = prepare(read_shopper(shopper), datetime.now(UTC))
        return self._predictor.predict([case], _known_mode(evidence or self.evidence))[0]

    def predict_many(
        self, shoppers: Iterable[Given], *, evidence: EvidenceMode | None = None
    ) -> Iterator[Prediction | InputError]:
        """Predictions in the order given; one that cannot be read is answered by its error, in its place.

        Reads ahead by at most a batch, so an endless iterable is fine.
        """
        mode, rest = _known_mode(evidence or self.evidence), iter(shoppers)
        while group := list(islice(rest, _BATCH)):
            now = datetime.now(UTC)
            read = [_read(given) for given in group]
            cases = [prepare(one, now) for one in read if isinstance(one, Shopper)]
            answers = iter(self._predictor.predict(cases, mode))
            for one in read:
                yield next(answers) if isinstance(one, Shopper) else one

    async def apredict(self, shopper: Given, *, evidence: EvidenceMode | None = None) -> Prediction:
        """``predict`` beside a running event loop."""
        return await asyncio.to_thread(self.predict, shopper, evidence=evidence)

    def explain(self, shopper: Given) -> Explanation:
        """The prediction with full evidence, told in sentences."""
        return explain(self.predict(shopper, evidence="full"))


def _known_mode(evidence: EvidenceMode) -> EvidenceMode:
    if evidence not in get_args(EvidenceMode):
        raise SettingsError(f"no evidence mode {evidence!r}", hint=f"one of {', '.join(get_args(EvidenceMode))}")
    return evidence


def _read(given: Given) -> Shopper | InputError:
    try:
        return read_shopper(given)
    except InputError as error:
        return error
