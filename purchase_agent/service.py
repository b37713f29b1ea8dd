"""``PurchaseAgent``: the one place where predictors are built and asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from purchase_agent.errors import InputError, SettingsError
from purchase_agent.evidence import Shopper, read_shopper
from purchase_agent.explain import Explanation, explain
from purchase_agent.prediction import EvidenceMode, Prediction
from purchase_agent.predictors.base import Predictor
from purchase_agent.predictors.local import LocalPredictor
from purchase_agent.predictors.prepare import prepare
from purchase_agent.settings import PREFIX, Engine, Settings, load_settings, model_folder

if TYPE_CHECKING:
    from purchase_agent.predictors.cascade import When
    from purchase_agent.predictors.llm.predictor import LlmPredictor
    from purchase_agent.ranking import Candidate, Ranking

Given = Shopper | str | Mapping[str, Any]
_BATCH = 64


class PurchaseAgent:
    """Predicts intent, motivation, next action and timing of shoppers.

    Args:
        engine: ``local`` (no server, no network); ``llm`` (the endpoint reads the words); ``auto`` (the endpoint where
            one is set, else local); ``cascade`` (local first, the endpoint where the local answer is unsure). Whatever
            the endpoint cannot answer in time is answered locally, and the provenance says why.
        evidence: ``none``, ``fast`` (clauses) or ``full`` (words; with the endpoint each quote is weighed by asking
            again without it).
        models_dir: folder of own models (``text/``, ``behaviour/``, ``timing/``); for one that is not there the shipped
            one answers.
        llm_base_url, llm_model, llm_api_key, prompt, deadline_s: as the settings of these names.

    Raises:
        SettingsError: a setting is unknown or cannot be used, or an engine needs an endpoint and none is set.

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
        llm_base_url: str | None = None,
        llm_model: str | None = None,
        llm_api_key: str | None = None,
        prompt: str | None = None,
        deadline_s: float | None = None,
    ) -> None:
        self.settings: Settings = load_settings(
            models_dir=models_dir, llm_base_url=llm_base_url, llm_model=llm_model, llm_api_key=llm_api_key,
            prompt=prompt, deadline_s=deadline_s,
        )  # fmt: skip
        self.engine = engine or self.settings.engine
        if self.engine not in get_args(Engine):
            raise SettingsError(f"no engine {self.engine!r}", hint=f"one of {', '.join(get_args(Engine))}")
        if self.engine in ("llm", "cascade") and self.settings.llm_base_url is None:
            raise SettingsError(
                f"the engine {self.engine} needs an endpoint and none is set",
                hint=f"set {PREFIX}LLM_BASE_URL, such as http://127.0.0.1:8000/v1, or start one: purchase-agent serve",
            )
        self.evidence: EvidenceMode = _known_mode(evidence or self.settings.evidence)
        self.models_dir = self.settings.models_dir

    @cached_property
    def local(self) -> LocalPredictor:
        """The local models; loaded when they are first asked."""
        text, behaviour, timing = (model_folder(self.models_dir, name) for name in ("text", "behaviour", "timing"))
        return LocalPredictor(text, behaviour, timing, threads=self.settings.threads)

    @cached_property
    def _predictor(self) -> Predictor:
        if self.engine == "local" or self.settings.llm_base_url is None:
            return self.local
        # Imported here: the client and the prompt engine would double the start of a local prediction.
        from purchase_agent.predictors.cascade import Cascade, load_rule

        when: When = "unsure" if self.engine == "cascade" else "always"
        rule = load_rule(self.models_dir) if when == "unsure" else None
        return Cascade(self.local, self.llm, self.settings.deadline_s, when, rule)

    @property
    def answered(self) -> Mapping[str, int]:
        """Engine -> predictions with an answer so far, where an endpoint is asked, and ``fallback:KIND`` -> how many of
        the local ones stand in the language model's place: a cascade saved the other local ones. Else empty."""
        return dict(getattr(self._predictor, "counts", {}))

    @cached_property
    def llm(self) -> LlmPredictor:
        """The language model behind the endpoint that is set."""
        from purchase_agent.llm_engine import llm_predictor

        return llm_predictor(self.settings, self.local)

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
        if isinstance(shoppers, str | Mapping):
            raise InputError("this is one shopper, not several", hint="use predict, or give a list of shoppers")
        mode, rest = _known_mode(evidence or self.evidence), iter(shoppers)
        # With an endpoint no more are taken at once than it answers side by side: all of them share one deadline.
        alone = self.engine == "local" or self.settings.llm_base_url is None
        size = _BATCH if alone else self.settings.llm_concurrency
        while group := list(islice(rest, size)):
            now = datetime.now(UTC)
            read = [_read(given) for given in group]
            cases = [prepare(one, now) for one in read if isinstance(one, Shopper)]
            answers = iter(self._predictor.predict(cases, mode))
            for one in read:
                yield next(answers) if isinstance(one, Shopper) else one

    async def apredict(self, shopper: Given, *, evidence: EvidenceMode | None = None) -> Prediction:
        """``predict`` beside a running event loop."""
        from asyncio import to_thread  # a tenth of the time to a first prediction, and only this needs it

        return await to_thread(self.predict, shopper, evidence=evidence)

    def rank(self, shopper: Given, candidates: Sequence[Candidate | Mapping[str, Any]]) -> Ranking:
        """The caller's own products in order, by what the shopper said he needs, did, and why; none is added.

        Raises:
            InputError: the shopper or a candidate cannot be read, or two candidates have one id.
        """
        # Imported here: its word tables are no part of a prediction.
        from purchase_agent.predictors.rank import rank
        from purchase_agent.ranking import read_candidates

        read = read_candidates(candidates)
        case = prepare(read_shopper(shopper), datetime.now(UTC))
        (prediction,) = self._predictor.predict([case], "none")
        return rank(case, read, prediction)

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
