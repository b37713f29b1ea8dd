"""The way that this package does not go: four calls a shopper, each with a prompt of its own and free-text JSON.

Definitions stand in prose, labels are written out by name and every probability is stated by the model. Quotes are not
even asked for, which favours this way: the one call brings them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from purchase_agent.labels import DEFINITIONS

MAX_TOKENS = 500
TASKS = ("intent", "motivation", "next_action", "timing")
_LIKELY, _HELD, _NOT_HELD = 0.7, 0.9, 0.05

_QUESTION = {
    "intent": (
        "Please tell where the shopper stands on the way to buying the product that he or she speaks of. Choose "
        "exactly one of the following stages: {intent}. Also tell whether the shopper declined, which means that he or "
        "she says no to buying, whether it is a repurchase, which means that the same product is bought again, and "
        "what the sentiment towards the product or the shop is: {sentiment}. Finally estimate the probability that the "
        "shopper buys within the next 30 days. Give a probability between 0 and 1 for every stage; they must sum to 1."
    ),
    "motivation": (
        "Please tell why the shopper wants the product or wanted it when buying. Several motivations may hold at once: "
        "{motivation}. Also tell what holds the shopper back, where again several may hold: {barrier}. Give a "
        "probability between 0 and 1 for every motivation and for every barrier, independent of each other."
    ),
    "next_action": (
        "Please tell what the shopper will most likely do next in the shop. Choose exactly one of the following "
        "actions: {next_action}. Give a probability between 0 and 1 for every action; they must sum to 1."
    ),
    "timing": (
        "Please tell when the shopper will most likely buy the product, counted from today, {today}. Choose exactly "
        "one of the following: {timing}. Give a probability between 0 and 1 for each of them; they must sum to 1."
    ),
}
_FRAME = (
    "You are an expert in consumer behaviour who analyses what shoppers write. {question} Answer with a JSON object of "
    "this form and nothing else, without any explanation: {form}"
)
_TEXT = 'This is what the shopper wrote in the channel "{channel}":\n\n"""{text}"""'


def prompt(task: str, text: str, channel: str, today: str, *, text_first: bool) -> str:
    """The one message of a call. With ``text_first`` nothing that two shoppers share stands at its beginning."""
    prose = {name: _prose(name) for name in DEFINITIONS}
    question = _QUESTION[task].format(**prose, today=today)
    asked = _FRAME.format(question=question, form=_form(task))
    shown = _TEXT.format(channel=channel, text=text)
    return f"{shown}\n\n{asked}" if text_first else f"{asked}\n\n{shown}"


def answer(task: str, labels: Mapping[str, Any]) -> str:
    """What a model that follows the prompt writes on one line, for labels as of the labelled texts."""
    if task == "intent":
        out = {
            "intent": labels["intent"], "probabilities": _one("intent", labels["intent"]),
            "declined": labels["declined"], "repurchase": labels["repurchase"], "sentiment": labels["sentiment"],
            "purchase_probability": labels["juster"] / 10,
        }  # fmt: skip
    elif task == "motivation":
        out = {name: _several(name, labels[name]) for name in ("motivation", "barrier")}
    else:
        out = {task: labels[task], "probabilities": _one(task, labels[task])}
    return json.dumps(out)


def _prose(name: str) -> str:
    return "; ".join(f'"{label.name}", which means that the shopper {label.en}' for label in DEFINITIONS[name])


def _form(task: str) -> str:
    shown = {
        "intent": (
            '{"intent": "<stage>", "probabilities": {"<stage>": <number>, ...}, "declined": <true or false>, '
            '"repurchase": <true or false>, "sentiment": "<sentiment>", "purchase_probability": <number>}'
        ),
        "motivation": (
            '{"motivation": {"<motivation>": <number>, ...}, "barrier": {"<barrier>": <number>, ...}}, with all of them'
        ),
    }
    return shown.get(task, f'{{"{task}": "<label>", "probabilities": {{"<label>": <number>, ...}}}}')


def _one(name: str, label: str) -> dict[str, float]:
    others = len(DEFINITIONS[name]) - 1
    rest = round((1 - _LIKELY) / others, 2)
    return {one.name: _LIKELY if one.name == label else rest for one in DEFINITIONS[name]}


def _several(name: str, held: list[str]) -> dict[str, float]:
    return {one.name: _HELD if one.name in held else _NOT_HELD for one in DEFINITIONS[name]}
