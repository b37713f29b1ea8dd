"""Writes the model card of a trained language model: what it learned from, its figures with intervals, its limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from purchase_agent.training.corpus import Row

_SMALL = """A causal language model (Llama architecture, {parameters:,} parameters) made from nothing for one prompt:
`{prompt}` version {version}. It answers that prompt and no other; it cannot chat. Tokenizer, chat template and weights
lie in this folder as a server such as vLLM takes them. Licence: Apache-2.0; the weights hold no text.

It learned from the labelled texts below and, in its first pass, from the local text model's readings of texts that
nobody has labelled; {share:.0%} of what it learned of a labelled text is the local model's reading, too. So it knows
little that the local model does not. Its purpose is to prove the way through a served model, end to end.
"""
_BASED = """{kind} of `{base}` ({parameters:,} parameters learned), for the prompt `{prompt}` version {version}. The
base's licence holds.
"""
_FIGURES = """## Figures

{locked:,} locked texts, which nothing was trained or tuned on, each answered once: greedy, held to the layout's schema,
distributions read from the log-probabilities. Calibration was fitted on {held_out:,} other texts. `majority` tells for
each text how often each label holds among the texts learned from. 95 % intervals by bootstrap over texts.

| field | figure | majority | before calibration | after |
|---|---|---|---|---|
"""
_LIMITS = """
## Limits

* Labels are readings by language models after a written guide; the figures measure agreement with such readings.
* Which sentence supports a label was learned from the local text model, not from readers.
* One text at a time was learned: several texts, other people's lines and a target are read, but were not trained on.
* An answer takes {answer} tokens, a prompt {read} on the mean.
"""
_LABELLED, _UNLABELLED = "labels", "the local model's readings"


def write(name: str, labelled: Sequence[Row], unlabelled: Sequence[Row], report: Mapping[str, Any]) -> str:
    """The card."""
    made, prompt = report["made"], report["prompt"]
    about = {"parameters": report["parameters"], "prompt": prompt["name"], "version": prompt["version"]}
    if made["base"] is None:
        head = _SMALL.format(share=made["share"], **about)
    else:
        kind = "Low-rank adapters" if made["lora"] else "All weights"
        head = _BASED.format(kind=kind, base=made["base"], **about)
    counts = report["texts"]
    table = ["| set | learned from | licence | texts |", "|---|---|---|---|"]
    lines = [f"# Model card: `{name}`", "", head, "## Data", "", *table]
    for rows, use in ((labelled, _LABELLED), (unlabelled, _UNLABELLED)):
        for (source, licence), count in sorted(Counter((row.source, row.licence) for row in rows).items()):
            lines.append(f"| {source} | {use} | {licence} | {count:,} |")
    lines += ["", _FIGURES.format(locked=counts["locked"], held_out=counts["held_out"]).rstrip("\n")]
    for field, parts in report["locked"]["all"].items():
        for figure in parts["after"]:
            cells = " | ".join(_told(parts[part][figure]) for part in ("majority", "before", "after"))
            lines.append(f"| {field} | {figure} | {cells} |")
    tokens = report["tokens"]
    return "\n".join([*lines, _LIMITS.format(answer=tokens["answer"], read=tokens["prompt"])])


def _told(score: Mapping[str, Any]) -> str:
    if score["value"] is None:
        return "-"
    return f"{score['value']:.3f} [{score['low']:.3f}, {score['high']:.3f}]"
