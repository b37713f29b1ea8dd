"""``train text``: from labelled and unlabelled texts to a model folder, with cross-validation and calibration.

Stages, each resumable from ``work``: vocabulary, three fold models, each without a fifth of the texts (their scores
on it give the metrics and fit the calibration), the final model on all but the locked texts, export, model card.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertModel

from purchase_agent.predictors.calibrate import Calibration
from purchase_agent.predictors.ngrams import NgramModel
from purchase_agent.predictors.text import Piece
from purchase_agent.predictors.text import TextModel as Runtime
from purchase_agent.training import batches, calibration, card, checkpoint, encoder, finetune, judge, ngram_fit
from purchase_agent.training import vocabulary as vocabularies
from purchase_agent.training.corpus import Row, check_enough, fold_of, group_of, is_locked, read_labelled, read_public
from purchase_agent.training.export import export, seal
from purchase_agent.training.progress import Progress

FOLDS = 5
MEASURED = (0, 1, 2)
"""Folds that are held out in turn: three fifths of the texts say as much as five, in little more than half the time."""
TOKEN_LIMIT = 96  # of a training text; the model reads more (predictors.text.MAX_TOKENS)
UNLABELLED_SETS = ("zh_reviews", "zh_cosmetics", "need_sentences", "clothing_reviews", "shopping_requests")
_CLOTHING_SAMPLE = 4000
GIVEN = ("real", "written")  # rows that are scored; this package's own rows only train


def own_data() -> Path:
    """Folder of the texts and readings made for this package."""
    return Path(str(files("purchase_agent.eval"))) / "data"


def read_lexicon() -> dict[str, str]:
    """Chinese word or character -> English gloss, written for this package."""
    lines = (own_data() / "lexicon_zh.tsv").read_text("utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


class Run:
    """One training run: its data, its folders, its stages."""

    def __init__(self, data: Path, work: Path, base: str | None, seed: int, progress: Progress) -> None:
        self.work, self.seed, self.progress = work, seed, progress
        self.base = encoder.locate(base)
        labelled = read_labelled(data, own_data())
        check_enough([row for row in labelled if row.origin in GIVEN])
        self.locked = [row for row in labelled if is_locked(row) and row.origin in GIVEN]
        self.rows = [row for row in labelled if not is_locked(row)]
        groups = {row.group for row in labelled} | {group_of(row.text) for row in labelled}
        self.unlabelled: list[Row] = []
        for source in UNLABELLED_SETS:
            found = [row for row in read_public(data, source) if group_of(row.text) not in groups]
            if source == "clothing_reviews":
                found = random.Random(5).sample(found, min(_CLOTHING_SAMPLE, len(found)))
            self.unlabelled += found
        self.auxiliary_rows = [row for row in self.unlabelled if set(row.auxiliary) & set(finetune.AUXILIARY)]
        settings = finetune.FinetuneSettings(seed=seed)
        checkpoint.claim(
            work,
            {
                "data": checkpoint.digest([*labelled, *self.unlabelled]),
                "base": str(self.base.resolve()),
                "settings": checkpoint.digest([settings]),
            },
        )

    def tokenizer(self) -> str:
        """tokenizer.json of this run."""
        file = self.work / "tokenizer.json"
        if not file.exists():
            texts = [row.text for row in [*self.unlabelled, *self.rows]]
            spec, source = vocabularies.build(self.base, texts, read_lexicon())
            (self.work / "source.json").write_text(json.dumps(source), encoding="utf-8")
            file.write_text(spec, encoding="utf-8")
        return file.read_text("utf-8")

    def ids(self, rows: Sequence[Row]) -> list[list[int]]:
        tokenizer = Tokenizer.from_str(self.tokenizer())
        return batches.encode(tokenizer, [row.text for row in rows], [row.channel for row in rows], TOKEN_LIMIT)

    def initial(self) -> BertModel:
        """The base encoder with our embedding matrix."""
        spec = json.loads(self.tokenizer())["model"]["vocab"]
        source = {int(k): v for k, v in json.loads((self.work / "source.json").read_text("utf-8")).items()}
        return encoder.initialise(self.base, max(spec.values()) + 1, source)

    def fitted(self, rows: Sequence[Row], name: str) -> tuple[finetune.TextModel, NgramModel]:
        """Encoder and n-grams trained on ``rows``."""
        torch.manual_seed(self.seed)
        model = finetune.TextModel(self.initial())
        auxiliary = [
            (ids, row.auxiliary) for ids, row in zip(self.ids(self.auxiliary_rows), self.auxiliary_rows, strict=True)
        ]
        settings = finetune.FinetuneSettings(seed=self.seed)
        file = self.work / f"{name}.safetensors"
        finetune.finetune(
            model,
            rows,
            self.ids(rows),
            auxiliary,
            settings,
            file,
            lambda _, done, total, figures: self.progress(name, done, total, figures),
        )
        return model, ngram_fit.fit(rows, seed=self.seed)

    def exported(self, rows: Sequence[Row], name: str, marks: Calibration, out: Path, version: str) -> Path:
        """A model folder trained on ``rows``, kept if it is there already."""
        if not (out / "manifest.json").exists():
            model, ngrams = self.fitted(rows, name)
            sample = random.Random(self.seed).sample(list(rows), min(1024, len(rows)))
            export(model, ngrams, self.tokenizer(), self.ids(sample), marks, version, out)
        return out

    def out_of_fold(self, fold: int) -> tuple[list[Row], dict[str, np.ndarray]]:
        """Raw int8 scores of a fold's given rows by the model trained without them."""
        test = [row for row in self.rows if row.origin in GIVEN and fold_of(row, FOLDS) == fold]
        file = self.work / f"fold{fold}.npz"
        if not file.exists():
            train = [row for row in self.rows if row.origin not in GIVEN or fold_of(row, FOLDS) != fold]
            held = {row.group for row in test}
            train = [row for row in train if row.group not in held]
            folder = self.exported(
                train, f"fold{fold}", calibration.neutral(), self.work / f"fold{fold}", f"fold{fold}"
            )
            found = raw_scores(Runtime(folder), test)
            np.savez(file, encoder=found["encoder"], ngrams=found["ngrams"])
        with np.load(file, allow_pickle=False) as saved:
            return test, dict(saved)


def pieces_of(model: Runtime, rows: Sequence[Row]) -> list[Piece]:
    return [model.piece(row.text, row.channel, row.language) for row in rows]


def raw_scores(model: Runtime, rows: Sequence[Row]) -> dict[str, np.ndarray]:
    """Uncalibrated scores of both parts of the model, each [rows, outputs]."""
    encoder_scores, ngram_scores, _ = model.scores(pieces_of(model, rows))
    return {"encoder": encoder_scores, "ngrams": ngram_scores}


def train_text(data: Path, out: Path, base: str | None, seed: int, work: Path, progress: Progress) -> None:
    """Trains, cross-validates, calibrates and writes the model folder ``out``.

    Args:
        data: folder that holds ``text/shopper_texts.jsonl`` and, where they are, written texts and the public sets.
        base: folder or name of a BERT-like encoder; the pinned default when None.
        work: folder for checkpoints; a killed run given the same folder goes on where it was.

    Raises:
        InputError: a labelled text cannot be learnt from, or there are too few of a language.
    """
    run = Run(data, work, base, seed, progress)
    tested: list[Row] = []
    parts: list[dict[str, np.ndarray]] = []
    for fold in MEASURED:
        rows, part = run.out_of_fold(fold)
        tested += rows
        parts.append(part)
    raw = {name: np.concatenate([part[name] for part in parts]) for name in ("encoder", "ngrams")}
    marks = judge.fitted(raw, tested)
    report = {"cross_validation": judge.report(tested, *judge.cross_fitted(raw, tested))}
    version = f"text-{seed}-{group_of(run.tokenizer())[:8]}"
    folder = run.exported(run.rows, "final", marks, work / "final", version)
    out.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        (out / file.name).write_bytes(file.read_bytes())
    seal(out, marks)
    report["locked"] = locked_report(Runtime(out), run.locked)
    (out / "metrics.json").write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")
    (out / "MODEL_CARD.md").write_text(card.write(run.rows, run.unlabelled, report, out), encoding="utf-8")


def locked_report(model: Runtime, rows: Sequence[Row]) -> dict[str, Any]:
    """Figures of the finished model on the locked texts, which nothing was trained or tuned on."""
    readings, _ = model.read(pieces_of(model, rows))
    found = model.calibration
    conformal = np.asarray([found.conformal.get(row.language, found.conformal["en"]) for row in rows])
    return judge.report(rows, readings, found.thresholds, conformal)
