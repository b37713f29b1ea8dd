"""``train llm``: a language model taught to answer the serving prompt, from labelled texts to a folder that is served.

Without a base a small GPT is made from nothing and learns first from the local text model's readings of texts that
nobody has labelled, then from the labelled ones. With a base its weights learn, or adapters beside them (``lora``).
Every stage is resumable from ``work``. Locked texts are looked at once, by the finished model.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from purchase_agent.errors import InputError
from purchase_agent.predictors.calibrate import Readings
from purchase_agent.predictors.llm.asking import Asking, load_asking
from purchase_agent.predictors.llm.fit import fit_marks
from purchase_agent.predictors.llm.layout import LABELS, label_keys
from purchase_agent.predictors.llm.marks import LlmMarks, neutral
from purchase_agent.predictors.llm.reading import Read
from purchase_agent.predictors.llm.shown import Shown
from purchase_agent.predictors.text import TextModel
from purchase_agent.prompts import shipped_prompts
from purchase_agent.training import judge, llm_card, llm_lora, llm_scores, llm_small, llm_teacher
from purchase_agent.training.checkpoint import claim, digest
from purchase_agent.training.corpus import Row
from purchase_agent.training.llm_answer import Answerer
from purchase_agent.training.llm_fit import FitSettings, fit
from purchase_agent.training.llm_rows import Example, shown_of, varied
from purchase_agent.training.llm_split import Split, split
from purchase_agent.training.llm_tokens import Coder, Encoded
from purchase_agent.training.progress import Progress

PROMPT = "purchase/tuned"
SMALL = FitSettings(epochs=6, learning_rate=1.5e-3, tokens_per_step=2048, negatives=512, longest=512)
"""From nothing: one pass over labelled and unlabelled texts, then over the labelled ones."""
LORA = FitSettings(epochs=3, learning_rate=2e-4, weight_decay=0.0, betas=(0.9, 0.999))
WHOLE = FitSettings(epochs=3, learning_rate=2e-5, weight_decay=0.01, betas=(0.9, 0.999))
CALIBRATION = "calibration.json"
_MISREAD, _DROPPED = 0.15, 0.07  # only from nothing: a model that can read already needs no such noise
_TEACHERS_SHARE = 0.3  # of what is learned of a labelled text


@dataclass(frozen=True, slots=True)
class Plan:
    """What is made.

    Args:
        base: folder or name of a causal language model; None makes a small one from nothing.
        lora: train adapters beside the base's weights; the folder written then holds the adapters alone.
        prompt: the prompt that the model will be asked with.
        folders: where it is looked for.
        settings: of the training loop; what suits the kind of run when None.
    """

    base: str | None = None
    lora: bool = False
    prompt: str = PROMPT
    seed: int = 7
    folders: tuple[Path, ...] = ()
    settings: FitSettings | None = None

    def fitting(self) -> FitSettings:
        """Settings of the training loop."""
        usual = SMALL if self.base is None else LORA if self.lora else WHOLE
        return replace(self.settings or usual, seed=self.seed)


def train_llm(data: Path, out: Path, work: Path, plan: Plan, text_model: Path, progress: Progress) -> None:
    """Trains, calibrates on held-out texts, judges on locked ones and writes the model folder ``out``.

    Args:
        data: folder that holds ``text/``, or a file of labelled texts (JSON Lines).
        work: folder for checkpoints; a killed run given the same folder goes on where it was.
        text_model: folder of the local text model.

    Raises:
        InputError: adapters without a base, a base that cannot be loaded, or too few labelled texts.
    """
    if plan.lora and plan.base is None:
        raise InputError("adapters need a base model", hint="name one with --base", field="base")
    asking = load_asking(plan.prompt, plan.folders or [shipped_prompts()])
    texts = split(data)
    claim(
        work,
        {
            "data": digest([*texts.train, *texts.held_out, *texts.unlabelled]),
            "base": f"{plan.base} {'lora' if plan.lora else 'whole'}",
            "prompt": asking.prompt.sha256,
            "settings": digest([plan.fitting()]),
        },
    )
    run = Run(texts, asking, text_model, plan.seed, work, progress)
    model, words, trained = run.small() if plan.base is None else _based(plan.base, plan.seed, lora=plan.lora)
    coder, settings = Coder(words, asking.layout), plan.fitting()
    run.learn(model, trained, coder, settings, small=plan.base is None)
    marks, report = run.judged(model, coder, len(words), out.name)
    report["made"] = {
        "base": plan.base,
        "lora": plan.lora,
        "seed": plan.seed,
        "epochs": settings.epochs,
        "share": _TEACHERS_SHARE,
    }
    report["parameters"] = sum(one.numel() for one in (trained if plan.lora else model).parameters())
    report["tokens"] = run.tokens(coder)
    if plan.lora:
        llm_lora.save(trained, str(plan.base), out)
    else:
        llm_small.save(model, words, out)
    (out / CALIBRATION).write_text(marks.model_dump_json(indent=1), encoding="utf-8")
    (out / "metrics.json").write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")
    card = llm_card.write(out.name, run.split.train, run.split.unlabelled if plan.base is None else [], report)
    (out / "MODEL_CARD.md").write_text(card, encoding="utf-8")


def _based(base: str, seed: int, *, lora: bool) -> tuple[Any, Any, Any]:
    """Model, tokenizer and the part that learns."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    kind = torch.bfloat16 if lora and device == "cuda" else torch.float32
    try:
        words = AutoTokenizer.from_pretrained(base)
        model = AutoModelForCausalLM.from_pretrained(base, dtype=kind).to(device)
    except (OSError, ValueError) as error:
        hint = "give a folder or a name on the hub"
        raise InputError(f"no model {base!r}: {error}", hint=hint, field="base") from error
    return model, words, llm_lora.adapt(model, seed) if lora else model


class Run:
    """One training run: its texts, its prompt and what the local model says of them."""

    def __init__(
        self, texts: Split, asking: Asking, text_model: Path, seed: int, work: Path, progress: Progress
    ) -> None:
        self.split, self.asking, self.seed, self.work, self._progress = texts, asking, seed, work, progress
        self._teacher = TextModel(text_model)

    def small(self) -> tuple[Any, Any, Any]:
        """A small GPT from nothing, its tokenizer, and all of it as the part that learns."""
        kept = self.work / "tokenizer"
        if not kept.is_dir():
            self._tokenizer().save_pretrained(str(kept))
        words = AutoTokenizer.from_pretrained(str(kept))
        model = llm_small.blank(words, self.seed).to("cuda" if torch.cuda.is_available() else "cpu")
        return model, words, model

    def _tokenizer(self) -> Any:
        texts = [row.text for row in [*self.split.train, *self.split.unlabelled]]
        shown = [one for _, one in _readable(self.split.train[:5000])]
        rng = random.Random(self.seed)
        asked = [self.asking.messages(varied(one.inputs, rng, 0.0))[-1]["content"] for one in shown]
        fixed = [message["content"] for one in shown[:20] for message in self.asking.messages(one.inputs)[:-1]]
        return llm_small.tokenizer([*texts, *asked, *fixed])

    def examples(self, rows: Sequence[Row], name: str, share: float) -> list[Example]:
        """Rows that can be read, as examples; ``share`` of what is learned is the local model's."""
        pairs = _readable(rows)
        if not pairs:
            return []
        rows, shown = [row for row, _ in pairs], [one for _, one in pairs]
        labelled = bool(rows[0].labels)
        taught = llm_teacher.teach(
            self._teacher, rows, shown, self.work / f"{name}.npz",
            lambda _, done, total, more: self._progress(f"reading {name}", done, total, more), quoted=labelled,
        )  # fmt: skip
        out = []
        for place, (row, one) in enumerate(pairs):
            scores = taught.row(place)
            filled = llm_teacher.told(scores)
            known = frozenset(field for field in LABELS if row.labels.keys() >= set(label_keys(field))) or frozenset(
                LABELS
            )
            readings = ({**filled, **row.labels}, *([{**filled, **row.second}] if row.second else []))
            quotes = taught.quotes_of(place) if labelled else None
            out.append(Example(one, readings, known, scores, share if row.labels else 1.0, quotes))
        return out

    def learn(self, model: Any, trained: Any, coder: Coder, settings: FitSettings, *, small: bool) -> None:
        """Trains, and leaves the weights in ``model``."""
        labelled = self.examples(self.split.train, "labelled", _TEACHERS_SHARE if small else 0.0)
        unlabelled = self.examples(self.split.unlabelled, "unlabelled", 1.0) if small else []
        misread, dropped = (_MISREAD, _DROPPED) if small else (0.0, 0.0)

        def draw(epoch: int) -> list[Encoded]:
            rng = random.Random(self.seed * 1009 + epoch)
            rows = labelled if epoch else [*labelled, *unlabelled]
            out = []
            for number, one in enumerate(rows):
                labels, targets = one.drawn(rng)
                messages = self.asking.messages(varied(one.shown.inputs, rng, dropped))
                content, quoted = coder.layout.write(labels, one.quotes), one.quotes is not None
                out.append(coder.encoded(messages, content, targets, rng, quoted=quoted, misread=misread))
                if number % 1000 == 0:
                    self._progress("writing the texts", number, len(rows), {})
            return out

        sizes = [len(labelled) + len(unlabelled), *[len(labelled)] * (settings.epochs - 1)]
        fit(model, trained, draw, sizes, settings, self.work / "fit.safetensors", self._progress)

    def judged(self, model: Any, coder: Coder, words: int, name: str) -> tuple[LlmMarks, dict[str, Any]]:
        """Calibration fitted on the held-out texts, and all figures on the locked ones."""
        model.eval()
        answerer = Answerer(model, coder, words)
        held_out, of_held_out = self._answered(answerer, coder, self.split.held_out)
        locked, of_locked = self._answered(answerer, coder, self.split.locked)
        plain = neutral(name, self.asking.sha256, self._teacher.calibration.prior)
        given = self.split.held_out[0].source != "own"
        fitted = "shipped" if given else f"own:{datetime.now(UTC):%Y-%m}"
        marks = fit_marks(
            plain, [one.scores for one in of_held_out], [row.labels for row in held_out],
            [row.language for row in held_out], fitted,
        )  # fmt: skip
        before, after = [one.scores for one in of_locked], [marks.scaled(one.scores) for one in of_locked]
        majority = llm_scores.shares(self.split.train)
        prompt = self.asking.prompt
        report: dict[str, Any] = {
            "texts": {part: len(getattr(self.split, part)) for part in ("train", "held_out", "locked", "unlabelled")},
            "prompt": {"name": prompt.name, "version": prompt.version, "sha256": self.asking.sha256},
        }
        origins = {row.origin for row in locked}
        for part in ("all", *sorted(origins if len(origins) > 1 else ())):
            places = [place for place, row in enumerate(locked) if part in {"all", row.origin}]
            report.setdefault("locked", {})[part] = llm_scores.figures(
                [locked[place] for place in places], [before[place] for place in places],
                [after[place] for place in places], majority, marks.thresholds,
            )  # fmt: skip
        if all(row.labels.keys() >= set(label_keys(field)) for row in locked for field in LABELS):
            report["as_text_model"] = _as_text_model(locked, of_locked, marks)
        return marks, report

    def tokens(self, coder: Coder) -> dict[str, float]:
        """Mean tokens of the locked texts' prompts, and tokens of an answer."""
        shown = [one for _, one in _readable(self.split.locked)]
        prompts = [coder.prompt(self.asking.messages(one.inputs)) for one in shown]
        blank = coder.layout.write(llm_teacher.told({name: np.zeros(len(names)) for name, names in LABELS.items()}))
        answer = coder.encoded(self.asking.messages(shown[0].inputs), blank, {}, random.Random(0), quoted=False)
        return {"prompt": round(float(np.mean([len(one) for one in prompts])), 1), "answer": len(answer.weights)}

    def _answered(self, answerer: Answerer, coder: Coder, rows: Sequence[Row]) -> tuple[list[Row], list[Read]]:
        pairs = _readable(rows)
        prompts = [coder.prompt(self.asking.messages(one.inputs)) for _, one in pairs]
        return [row for row, _ in pairs], answerer.answers(prompts, self._progress)


def _readable(rows: Sequence[Row]) -> list[tuple[Row, Shown]]:
    """Rows with something to read, each as it is shown."""
    return [(row, one) for row, one in zip(rows, shown_of(rows, datetime.now(UTC)), strict=True) if one is not None]


def _as_text_model(rows: Sequence[Row], reads: Sequence[Read], marks: LlmMarks) -> dict[str, Any]:
    """The figures by which the local text model is judged, of the same texts."""
    told = [marks.row(one.scores) for one in reads]
    readings = Readings(**{name: np.stack([one[name] for one in told]) for name in Readings.__slots__})
    conformal = np.asarray([marks.conformal.get(row.language, marks.conformal["en"]) for row in rows])
    return judge.report(rows, readings, marks.thresholds, conformal)
