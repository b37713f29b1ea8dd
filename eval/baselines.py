"""Three baselines that could embarrass the trained encoder: base rates, word counts, and the encoder as it came.

Each is fitted on rows and predicts what ``eval.text_scores`` scores: probabilities in the label order of
``training.targets``, and ``thresholds_`` for the multi-label tasks. All learn from a row's first reading.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from purchase_agent.errors import InputError, MissingExtraError
from purchase_agent.labels import FLAGS
from purchase_agent.metrics import Bootstrap, micro_f1
from purchase_agent.training.corpus import Row
from purchase_agent.training.targets import JUSTER_POINTS, MULTI, SINGLE, encode
from purchase_agent.training.text_scores import decide

try:
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.model_selection import GroupShuffleSplit
    from sklearn.preprocessing import StandardScaler
except ImportError as error:
    raise MissingExtraError("the baselines", "train") from error

Predicted = dict[str, NDArray[Any]]
_INDEPENDENT: dict[str, tuple[str, ...]] = {**MULTI, "flags": FLAGS}
_TASKS: dict[str, tuple[str, ...]] = {**SINGLE, **_INDEPENDENT}
_GRID = np.linspace(0.1, 0.95, 35)


class Baseline(Protocol):
    """What a comparison needs of a model."""

    thresholds_: dict[str, NDArray[np.float64]]

    def fit(self, rows: Sequence[Row]) -> Self: ...

    def predict(self, rows: Sequence[Row]) -> Predicted: ...


class Majority:
    """The shares of the training rows, whatever the text; its purchase probability is constant, so without a rank."""

    def fit(self, rows: Sequence[Row]) -> Self:
        self.shares_ = {task: target.mean(0) for task, target in _targets(rows).items()}
        self.thresholds_ = {task: np.full(len(names), 0.5) for task, names in _INDEPENDENT.items()}
        return self

    def predict(self, rows: Sequence[Row]) -> Predicted:
        return {task: np.tile(share, (len(rows), 1)) for task, share in self.shares_.items()}


class TfidfLogistic:
    """Logistic regression on TF-IDF of words (1-2) and of characters within words (1-4), sublinear counts.

    The channel is prefixed as a word. An n-gram counts from two texts (words) or three (characters), the most frequent
    ``max_features`` of each kind are kept. Solver: liblinear's dual coordinate descent; on 1,200 texts as fast as
    newton-cg and SGD, several times faster than lbfgs and saga, no figure worse beyond noise. ``c`` is not tuned.
    """

    def __init__(self, max_features: int = 60_000, c: float = 3.0) -> None:
        self.max_features = max_features
        self.c = c

    def fit(self, rows: Sequence[Row]) -> Self:
        shared = {"sublinear_tf": True, "max_features": self.max_features, "dtype": np.float32}
        words = r"(?u)\b\w+\b"  # single letters and characters count as words
        self.words_ = TfidfVectorizer(ngram_range=(1, 2), min_df=2, token_pattern=words, **shared)
        self.characters_ = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), min_df=3, **shared)
        self.words_.fit(_with_channel(rows))
        self.characters_.fit([row.text for row in rows])
        self.heads_ = _Heads(
            lambda: LogisticRegression(
                C=self.c, class_weight="balanced", solver="liblinear", dual=True, tol=0.1, random_state=0
            ),
            lambda: Ridge(alpha=1.0, solver="sparse_cg", tol=1e-3),
        ).fit(self._features(rows), rows)
        self.thresholds_ = self.heads_.thresholds_
        return self

    def predict(self, rows: Sequence[Row]) -> Predicted:
        return self.heads_.predict(self._features(rows))

    def _features(self, rows: Sequence[Row]) -> csr_matrix:
        words = self.words_.transform(_with_channel(rows))
        return csr_matrix(hstack([words, self.characters_.transform([row.text for row in rows])]))


class Embedder:
    """Mean-pooled vectors of the untrained base encoder; each text is embedded once, so folds share the work."""

    def __init__(self, maximum_tokens: int = 128, texts_per_step: int = 32) -> None:
        self.maximum_tokens = maximum_tokens
        self.texts_per_step = texts_per_step
        self._known: dict[str, NDArray[np.float32]] = {}

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors [texts, 384]."""
        new = sorted(set(texts) - self._known.keys(), key=len)
        if new:
            self._embed(new)
        return np.stack([self._known[text] for text in texts])

    def _embed(self, texts: Sequence[str]) -> None:
        try:
            import torch
            from transformers import AutoModel, AutoTokenizer

            from purchase_agent.training.encoder import default_base, mean_pool
        except ImportError as error:
            raise MissingExtraError("the frozen encoder", "train") from error
        base = str(default_base())
        tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)
        model = AutoModel.from_pretrained(base, local_files_only=True).eval()
        for start in range(0, len(texts), self.texts_per_step):
            batch = list(texts[start : start + self.texts_per_step])
            tokens = tokenizer(
                batch, padding=True, truncation=True, max_length=self.maximum_tokens, return_tensors="pt"
            )
            with torch.inference_mode():
                vectors = mean_pool(model(**tokens).last_hidden_state, tokens["attention_mask"])
            self._known.update(zip(batch, vectors.numpy(), strict=True))


class FrozenEncoder:
    """Logistic regression on standardised vectors of the base encoder, the channel prefixed as a word.

    Args:
        embedder: give one to all folds of a cross-validation, embedding is most of the time.
    """

    def __init__(self, embedder: Embedder | None = None, c: float = 0.03) -> None:
        self.embedder = Embedder() if embedder is None else embedder
        self.c = c

    def fit(self, rows: Sequence[Row]) -> Self:
        self.scaler_ = StandardScaler()
        vectors = self.scaler_.fit_transform(self.embedder(_with_channel(rows)))
        self.heads_ = _Heads(
            lambda: LogisticRegression(C=self.c, class_weight="balanced", max_iter=300, tol=1e-2),
            lambda: Ridge(alpha=300.0),
        ).fit(vectors, rows)
        self.thresholds_ = self.heads_.thresholds_
        return self

    def predict(self, rows: Sequence[Row]) -> Predicted:
        return self.heads_.predict(self.scaler_.transform(self.embedder(_with_channel(rows))))


class _Heads:
    """A balanced logistic regression for each label, one against the rest, and a ridge for the purchase probability.

    Probabilities of a single-label task are normalised over its labels. The chance in ten comes from the ridge; its
    distribution is a normal one around it, with the spread of the errors on held-out rows. Thresholds are chosen on a
    fifth of the rows' groups by models of the rest: one for a multi-label task, one for each flag.
    """

    def __init__(self, classifier: Callable[[], LogisticRegression], regressor: Callable[[], Ridge]) -> None:
        self.classifier = classifier
        self.regressor = regressor

    def fit(self, features: Any, rows: Sequence[Row]) -> Self:
        target = _targets(rows)
        chances = np.asarray([row.labels["juster"] for row in rows], np.float64)
        splitter = GroupShuffleSplit(n_splits=1, test_size=0.2, random_state=0)
        inner, held = next(splitter.split(chances, groups=[row.group for row in rows]))
        self.thresholds_ = {}
        for task in _INDEPENDENT:
            models = [self._label(features[inner], column) for column in target[task][inner].T]
            probabilities, truth = _probabilities(models, features[held]), target[task][held]
            parts = [[label] for label in range(len(FLAGS))] if task == "flags" else [list(range(len(models)))]
            chosen = [_threshold(task, truth[:, part], probabilities[:, part]) for part in parts]
            self.thresholds_[task] = np.broadcast_to(np.asarray(chosen), (len(models),)).copy()
        errors = self.regressor().fit(features[inner], chances[inner]).predict(features[held]) - chances[held]
        self.spread_ = max(float(errors.std()), 0.5)
        self.models_ = {task: [self._label(features, column) for column in target[task].T] for task in _TASKS}
        self.ridge_ = self.regressor().fit(features, chances)
        return self

    def predict(self, features: Any) -> Predicted:
        out: Predicted = {task: _probabilities(models, features) for task, models in self.models_.items()}
        for task in SINGLE:
            out[task] /= np.maximum(out[task].sum(1, keepdims=True), 1e-12)
        chance = np.clip(self.ridge_.predict(features), 0, JUSTER_POINTS - 1)
        density = np.exp(-0.5 * ((np.arange(JUSTER_POINTS) - chance[:, None]) / self.spread_) ** 2)
        out["juster"] = density / density.sum(1, keepdims=True)
        out["purchase_probability"] = chance / (JUSTER_POINTS - 1)
        return out

    def _label(self, features: Any, column: NDArray[Any]) -> LogisticRegression | float:
        """A model of one 0/1 column; the column's value where it has only one."""
        if column.min() == column.max():
            return float(column[0])
        return self.classifier().fit(features, column)


def _probabilities(models: Sequence[LogisticRegression | float], features: Any) -> NDArray[np.float64]:
    """[rows, models]."""
    rows = features.shape[0]
    return np.stack(
        [np.full(rows, one) if isinstance(one, float) else one.predict_proba(features)[:, 1] for one in models], 1
    )


def _threshold(task: str, truth: NDArray[Any], probabilities: NDArray[Any]) -> float:
    """The threshold of the highest micro-F1; 0.5 where the rows hold no case."""
    if not truth.any():
        return 0.5
    once = Bootstrap(resamples=1)
    reached = [micro_f1(truth, decide(task, probabilities, one), bootstrap=once).value for one in _GRID]
    return float(_GRID[int(np.nanargmax(reached))])


def _targets(rows: Sequence[Row]) -> dict[str, NDArray[Any]]:
    """0/1 targets of the first reading, [rows, labels]; ``juster`` as one of its eleven points."""
    if not rows:
        raise InputError("no rows to fit", field="rows")
    encoded = [encode(row.labels) for row in rows]
    out: dict[str, NDArray[Any]] = {task: np.stack([one[task] for one in encoded]) for task in _TASKS}
    out["juster"] = np.eye(JUSTER_POINTS)[[int(row.labels["juster"]) for row in rows]]
    return out


def _with_channel(rows: Sequence[Row]) -> list[str]:
    return [f"{row.channel.replace('_', '')} {row.text}" for row in rows]
