"""The language model as a predictor: cases with words in, predictions out, or the reason why there is none.

The model reads words only. What events say comes from the local models and is fused with the model's reading exactly as
with that of the local text model, so that only the reader of the words differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, perf_counter
from typing import TypeVar

from purchase_agent.chat.client import ChatClient
from purchase_agent.chat.request import Answer, Failure, Request
from purchase_agent.prediction import Evidence, EvidenceMode, Prediction, Provenance, Tokens
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.calibrate import Floats
from purchase_agent.predictors.draft import Draft
from purchase_agent.predictors.llm import support
from purchase_agent.predictors.llm.asking import Asking, together
from purchase_agent.predictors.llm.layout import MAX_TOKENS, Layout
from purchase_agent.predictors.llm.marks import LlmMarks, load_marks, neutral
from purchase_agent.predictors.llm.reading import Read, averaged, read
from purchase_agent.predictors.llm.shown import Shown, show
from purchase_agent.predictors.local import EVIDENCE_LEFT_OUT, LocalPredictor, Look, within
from purchase_agent.settings import SHIPPED_MODELS

NO_LOGPROBS = "no_logprobs"
"""Warns that the server told no log-probabilities: the distributions are a convention, or counted from samples."""
SOME_LOGPROBS = "some_logprobs_missing"
_Outcome = TypeVar("_Outcome", bound=Answer | Failure)
_NOTHING = Failure("no_words", "nothing of the words can be shown", "", 0)
_OTHER_LANGUAGE = Failure("prompt_language", "the prompt is not written in the shopper's language", "", 0)


@dataclass(frozen=True, slots=True)
class Reading:
    """The model's reading of one case: ``scores`` as told, ``row`` calibrated, the sentences named, and the tokens."""

    scores: dict[str, Floats]
    row: dict[str, Floats]
    quotes: dict[str, int]
    shown: Shown
    marks: LlmMarks
    model: str
    tokens: Tokens
    warnings: tuple[str, ...]


class LlmPredictor:
    """Asks one or several prompts, which together have all fields.

    Args:
        client: the one way to the server.
        local: chooses the texts, reads the events, weighs quotes.
        askings: the prompts.
        models_dir: where fitted calibrations lie.
        samples: answers asked for where the server tells no log-probabilities; 1 asks once.

    Raises:
        SettingsError: the prompts leave fields out or ask for one twice.
    """

    def __init__(
        self,
        client: ChatClient,
        local: LocalPredictor,
        askings: Sequence[Asking],
        models_dir: Path,
        *,
        samples: int = 1,
    ) -> None:
        self.prompt = together(askings)
        self.client, self.local, self.models_dir, self.samples = client, local, models_dir, samples
        self.askings = list(askings)
        self._marks: dict[str, LlmMarks] = {}

    def predict(
        self, cases: Sequence[Case], evidence: EvidenceMode, deadline_s: float, reason: str = "asked"
    ) -> list[Prediction | Failure]:
        """Same number and order as ``cases``, each of which has texts.

        Args:
            deadline_s: for all of them together.
            reason: told in the provenance.
        """
        begun, until = perf_counter(), monotonic() + deadline_s
        return self.answer(self.local.look(cases), evidence, until, reason, begun)

    def answer(
        self, looks: Sequence[Look], evidence: EvidenceMode, until: float, reason: str, begun: float | None = None
    ) -> list[Prediction | Failure]:
        """Predictions from what the local models looked at.

        Args:
            until: the deadline (``time.monotonic``). An answer whose quotes are not found soon after it has none and
                warns ``EVIDENCE_LEFT_OUT``.
            begun: when all of it was begun (``time.perf_counter``), if that was earlier than now.
        """
        begun = perf_counter() if begun is None else begun
        out: list[Prediction | Failure] = []
        for look, reading in zip(looks, self.read(looks, until), strict=True):
            if isinstance(reading, Failure):
                out.append(reading)
                continue
            draft = self.local.drafted(look, reading.row, reading.marks, reading.warnings)
            named = support.named(draft, reading.quotes, reading.shown) if evidence != "none" else []
            weights, tokens = None, reading.tokens
            if evidence == "full" and monotonic() < until:
                weights, tokens = self._weighed_by_itself(named, reading, until)
            try:
                quotes = self._evidence(look, draft, named, weights, until) if evidence != "none" else []
            except TimeoutError:
                quotes = []
                draft.warnings.append(EVIDENCE_LEFT_OUT)
            out.append(draft.finish(quotes, self._provenance(look, reading, reason, tokens, begun)))
        return out

    def read(self, looks: Sequence[Look], until: float) -> list[Reading | Failure]:
        """The model's reading of each case; ``until`` is a moment of ``time.monotonic``."""
        shown = [show(look.case, look.places) for look in looks]
        unasked = [self._unasked(one) for one in shown]
        asked = [one.inputs for one, why in zip(shown, unasked, strict=True) if why is None]
        answers = iter(self._ask(asked, until))
        return [why or self._reading(one, next(answers)) for one, why in zip(shown, unasked, strict=True)]

    def _unasked(self, shown: Shown) -> Failure | None:
        """Why the model cannot be asked at all; None where it can."""
        if not shown.sentences:
            return _NOTHING
        # Such a shopper is an ordinary row of a user's file: he gets the local answer, and the others are asked.
        return None if all(one.written_in(shown.language) for one in self.askings) else _OTHER_LANGUAGE

    def _ask(self, inputs: Sequence[Mapping[str, object]], until: float) -> list[list[Answer] | Failure]:
        """For each inputs the answers to all prompts, or the first failure among them with the tokens of all."""
        if not inputs:
            return []
        requests = []
        for one in inputs:
            for asking in self.askings:
                layout = asking.layout
                requests.append(Request(asking.messages(one), MAX_TOKENS, layout.schema, layout.check))
        given = self._sampled(requests, self.client.ask(requests, max(until - monotonic(), 0.0)), until)
        out: list[list[Answer] | Failure] = []
        for start in range(0, len(given), len(self.askings)):
            part = given[start : start + len(self.askings)]
            failed = next((one for one in part if isinstance(one, Failure)), None)
            if failed is not None:
                out.append(_with_tokens_of(failed, [one for one in part if one is not failed]))
            else:
                out.append([one for one in part if isinstance(one, Answer)])
        return out

    def _sampled(
        self, requests: Sequence[Request], given: list[Answer | Failure], until: float
    ) -> list[Answer | Failure]:
        """Repeated answers in place of those without log-probabilities, where that is set; the tokens of both."""
        places = [place for place, one in enumerate(given) if isinstance(one, Answer) and one.tokens is None]
        if self.samples == 1 or not places:
            return given
        again = [replace(requests[place], samples=self.samples) for place in places]
        for place, drawn in zip(places, self.client.ask(again, max(until - monotonic(), 0.0)), strict=True):
            first = given[place]
            kept, other = (drawn, first) if isinstance(drawn, Answer) else (first, drawn)
            given[place] = _with_tokens_of(kept, [other])
        return given

    def _reading(self, shown: Shown, answers: list[Answer] | Failure) -> Reading | Failure:
        if isinstance(answers, Failure):
            return answers
        parts = [_read(one.layout, answer) for one, answer in zip(self.askings, answers, strict=True)]
        scores = {name: values for part in reversed(parts) for name, values in part.scores.items()}
        quotes = {name: number for part in reversed(parts) for name, number in part.quotes.items()}
        seen = min(part.seen for part in parts)
        warnings = [NO_LOGPROBS] if seen == 0 else [SOME_LOGPROBS] if seen < 1 else []
        model = answers[0].model
        marks = self.marks(model)
        return Reading(
            scores=scores, row=marks.row(scores), quotes=quotes, shown=shown, marks=marks, model=model,
            tokens=_tokens_of(answers),
            warnings=(*shown.warnings, *warnings),
        )  # fmt: skip

    def marks(self, model: str) -> LlmMarks:
        """The calibration in use for a model."""
        if model not in self._marks:
            self._marks[model] = load_marks([self.models_dir, SHIPPED_MODELS], self.plain_marks(model))
        return self._marks[model]

    def plain_marks(self, model: str) -> LlmMarks:
        """Nothing fitted, for a model and the prompts in use."""
        return neutral(model, self.prompt.sha256, self.local.model.calibration.prior)

    def _evidence(
        self, look: Look, draft: Draft, named: Sequence[support.Named], weights: Sequence[float] | None, until: float
    ) -> list[Evidence]:
        """Quotes of words and events; where they have no ``weights`` yet, the local text model weighs them."""
        if weights is None:
            weights = support.weighed(within(self.local.model, until), look, named)
        return [*support.evidence(look, named, weights), *self.local.evidence_of_events(look, draft)]

    def _weighed_by_itself(
        self, named: Sequence[support.Named], reading: Reading, until: float
    ) -> tuple[list[float] | None, Tokens]:
        """By how much the model's own log-odds fall when it is asked without a sentence; None where it did not answer
        all of it in time. With the tokens of the reading and of all that was asked again."""
        numbers = sorted({one.number for one in named})
        answers = self._ask([reading.shown.without(number) for number in numbers], until)
        again = [self._reading(reading.shown, given) for given in answers]
        tokens = _tokens_of([reading.tokens, *(one if isinstance(one, Failure) else one.tokens for one in again)])
        rows = {number: one.row for number, one in zip(numbers, again, strict=True) if isinstance(one, Reading)}
        if len(rows) < len(numbers):
            return None, tokens
        return [support.drop(reading.row, rows[one.number], one.want) for one in named], tokens

    def _provenance(self, look: Look, reading: Reading, reason: str, tokens: Tokens, begun: float) -> Provenance:
        models = {"llm": reading.model}
        if look.events is not None:
            models |= self.local.events.versions
        return Provenance(
            engine="llm", reason=reason, models=models, prompt=self.prompt, calibrated_on=reading.marks.calibrated_on,
            latency_ms=round((perf_counter() - begun) * 1000, 2), tokens=tokens,
        )  # fmt: skip


def _tokens_of(spent: Sequence[Answer | Failure | Tokens]) -> Tokens:
    return Tokens(read=sum(one.read for one in spent), written=sum(one.written for one in spent))


def _with_tokens_of(kept: _Outcome, others: Sequence[Answer | Failure]) -> _Outcome:
    """An outcome that stands for others, too: what was spent on them is spent."""
    read, cached, written = (
        sum(getattr(one, name) for one in (kept, *others)) for name in ("read", "cached", "written")
    )
    return replace(kept, read=read, cached=cached, written=written)


def _read(layout: Layout, answer: Answer) -> Read:
    if len(answer.samples) > 1:
        return averaged([read(layout, one, None) for one in answer.samples])
    return read(layout, answer.content, answer.tokens)
