"""Writes MODEL_CARD.md from a training run: data with licences, method, every figure with its interval, limits."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from purchase_agent.training.corpus import OWN, Row
from purchase_agent.training.text_scores import FIGURES

_ORIGINS = {
    "real": "real texts, labelled by reading",
    "written": "texts written for this project, labelled by the writer",
    "own_written": "texts written for this package, labelled by the writer, a part by a blind second reader too",
    "own_reading": "further real texts, labelled by reading",
}

_UNLABELLED_USE = "vocabulary; a sample of those with labels of the set's own: auxiliary tasks"

_HEAD = """# Model card: `{version}`

One small encoder (6 layers, 384 wide, int8 ONNX) with heads for intent, motivation, barriers, next action, timing,
sentiment, two flags and purchase probability, and a linear layer over hashed n-grams beside it. English and Chinese
(simplified, traditional, Cantonese, mixed). Runs with ONNX Runtime and tokenizers, no network. Licence: Apache-2.0.

Started from all-MiniLM-L6-v2 (Apache-2.0, English). The vocabulary was cut and extended by Chinese words, characters
and emoji, each of which started as the mean of the English words of its gloss; then all was fine-tuned for all tasks at
once on {labelled} labelled texts{auxiliary}. Probabilities are calibrated on out-of-fold predictions of the int8 model.

**Who labelled.** The labels of the real texts are readings made by language models that followed a written guide, not
by people; texts written for the project carry their writer's label (a language model, too). What the figures below
measure is agreement with such readings.
"""
_AUXILIARY = """, with polarity, stated need and recommendation of a sample of {count} further
texts as auxiliary tasks"""
_OWN_LABELS = "Not so the texts of the set `own`: they and their labels were given by whoever trained this model.\n"
_OWN_USE = "own texts, labelled by whoever trained this model"

_REAL = """\
* The real texts are mostly English phone posts, shop chats and product reviews, and Chinese reviews; Chinese before the
  purchase is known almost only from written texts.
"""
_LIMITS = """## Limits

{real}* Other languages are not read: they are answered with `unsupported_language`.
* A text is read up to 256 tokens. Irony, another person's purchase and several products in one text are read worse
  than the mean.
* Purchase probability is fitted to readers' answers on Juster's scale, not to purchases that were observed.
* Weights hold no text. Sets marked "not stated" state no licence: they were used for training and are not passed on.
* On processors without VNNI, ONNX Runtime's 8-bit products may saturate and answers may differ slightly.
"""


def write(labelled: Sequence[Row], unlabelled: Sequence[Row], report: Mapping[str, Any], folder: Path) -> str:
    """The card of the model in ``folder``."""
    version = json.loads((folder / "manifest.json").read_text("utf-8"))["version"]
    own = any(row.source == OWN for row in labelled)
    strangers = any(row.source != OWN for row in labelled if row.origin == "real")
    count = sum(1 for row in unlabelled if row.auxiliary)
    auxiliary = _AUXILIARY.format(count=count) if count else ""
    parts = [
        _HEAD.format(version=version, labelled=len(labelled), auxiliary=auxiliary),
        *([_OWN_LABELS] if own else []),
        _data(labelled, unlabelled),
        "## Figures\n",
        (
            "Three of five folds of the given labelled texts, each scored by an int8 model trained without it; "
            "calibration and thresholds are fitted on other texts than those they are judged on. 95 % intervals by "
            "bootstrap over texts (garments for clothing).\n"
        ),
        _figures(report["cross_validation"]),
        f"Texts locked away before any training (n={_count(report['locked'])}), read once by the finished model:\n",
        _figures(report["locked"]),
        "### Calibration (cross-validation)\n",
        _calibration(report["cross_validation"]),
        _LIMITS.format(real=_REAL if strangers else ""),
    ]
    return "\n".join(parts)


def _data(labelled: Sequence[Row], unlabelled: Sequence[Row]) -> str:
    lines = ["## Data", "", "| set | use | licence | texts |", "|---|---|---|---|"]
    counts = Counter((row.source, row.origin, row.licence) for row in labelled)
    for (source, origin, licence), count in sorted(counts.items()):
        use = _OWN_USE if source == OWN else _ORIGINS[origin]
        lines.append(f"| {source} | {use} | {licence} | {count} |")
    for (source, licence), count in sorted(Counter((row.source, row.licence) for row in unlabelled).items()):
        lines.append(f"| {source} | {_UNLABELLED_USE} | {licence} | {count} |")
    return "\n".join([*lines, ""])


def _figures(part: Mapping[str, Any]) -> str:
    columns = [(name, suffix) for name in part for suffix in ("", "/en", "/zh")]
    lines = ["| figure | " + " | ".join(f"{name}{suffix}" for name, suffix in columns) + " |"]
    lines.append("|---" * (len(columns) + 1) + "|")
    for figure in FIGURES:
        cells = [_cell(part[name]["figures"].get(figure + suffix)) for name, suffix in columns]
        lines.append(f"| {figure} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def _cell(score: Mapping[str, Any] | None) -> str:
    if score is None or score["value"] is None:
        return "-"
    return f"{score['value']:.3f} [{score['low']:.3f}, {score['high']:.3f}] n={score['n']}"


def _calibration(part: Mapping[str, Any]) -> str:
    lines = ["| figure | real | written | both |", "|---|---|---|---|"]
    names = list(part["both"]["calibration"])
    for name in names:
        cells = []
        for kind in ("real", "written", "both"):
            score = part.get(kind, {}).get("calibration", {}).get(name)
            if score is None:
                cells.append("-")
            elif "expected" in score:
                cells.append(f"{score['value']:.3f} (a perfect one: {score['expected']:.3f}) n={score['n']}")
            elif "low" in score:
                cells.append(_cell(score))
            else:
                cells.append(f"{score['value']:.3f} n={score['n']}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def _count(part: Mapping[str, Any]) -> int:
    return int(part["both"]["figures"][FIGURES[0]]["n"])
