"""Event streams cut into training examples of the behaviour model: windows of words, and questions asked at moments.

A moment lies at an event or between it and the next one; what is asked there is answered from what the stream shows
afterwards, and only where it was watched for long enough.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from purchase_agent.events import SESSION_GAP_S, Step
from purchase_agent.predictors.event_tokens import ASKED, ASKED_S, CONTEXT, END, ID, NO, START, YES, question, spell

IGNORED = -100
"""A target that is not known and not trained on."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One shopper's steps in order, watched until ``end`` (seconds since 1970)."""

    user: str
    steps: tuple[Step, ...]
    end: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Asked after the first ``place`` words of a window: ``words`` (how long idle, after ``end`` where the session is
    over), the word that comes next, and the answers to ``ASKED``. ``at``: the moment, in seconds since 1970."""

    place: int
    at: float
    idle_s: float
    words: tuple[int, ...]
    next_word: int
    answers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Words of consecutive events and the questions asked among them."""

    ids: tuple[int, ...]
    questions: tuple[Question, ...]


def windows(
    stream: Stream, rng: random.Random, *, questions: int = 12, limit: int = CONTEXT, most: int = 3
) -> list[Window]:
    """A stream cut into windows of at most ``limit`` words; of a long one, ``most`` of them drawn anew each time.

    Args:
        questions: at most this many of a window, at moments drawn anew each time.
    """
    words = [[ID[word] for word in one] for one in spell(stream.steps)]
    cuts: list[tuple[int, int]] = []
    start, used = 0, 1
    for place, one in enumerate(words):
        if used + len(one) > limit:
            cuts.append((start, place))
            start, used = place, 1
        used += len(one)
    if words:
        cuts.append((start, len(words)))
    chosen = cuts if len(cuts) <= most else rng.sample(cuts, most)
    return [_window(stream, words, first, stop, rng, questions) for first, stop in chosen]


def _window(
    stream: Stream, words: list[list[int]], first: int, stop: int, rng: random.Random, questions: int
) -> Window:
    ids, places = [ID[START]], []
    for place in range(first, stop):
        one = words[place]
        ids += one[2:] if place == first and one[0] == ID[END] else one  # as ``event_tokens.encode`` begins
        places.append(len(ids))
    asked = []
    for _ in range(min(questions, 2 * len(places))):
        k = rng.randrange(len(places))
        found = ask(stream, first + k, places[k], rng)
        if found is not None:
            asked.append(found)
    return Window(tuple(ids), tuple(sorted(asked, key=lambda one: one.place)))


def ask(stream: Stream, place: int, after: int, rng: random.Random) -> Question | None:
    """A question at or some time after ``steps[place]``, before the next step; None where nothing was watched.

    Args:
        after: words of the window up to and with that step.
    """
    steps = stream.steps
    at = steps[place].at
    following = steps[place + 1] if place + 1 < len(steps) else None
    until = following.at if following is not None else stream.end
    if until < at:
        return None
    idle = 0.0
    if rng.random() < 0.6 and until - at > 3.0:
        # Log-uniform: seconds and weeks are asked about alike.
        idle = math.exp(rng.uniform(math.log(2.0), math.log(until - at)))
        idle = min(idle, (until - at) * 0.999)
    moment = at + idle
    ended = idle > SESSION_GAP_S
    if following is None:
        next_word = ID[END] if not ended and stream.end - at > SESSION_GAP_S else IGNORED
    elif ended:
        next_word = ID.get(following.action, ID["other"])
    else:
        next_word = ID[END] if following.at - at > SESSION_GAP_S else ID.get(following.action, ID["other"])
    answers = tuple(_answer(stream, place, moment, name, horizon) for name, horizon in zip(ASKED, ASKED_S, strict=True))
    words = (ID[END], question(idle)) if ended else (question(idle),)
    return Question(after, moment, idle, words, next_word, answers)


def _answer(stream: Stream, place: int, moment: float, name: str, horizon: float) -> int:
    if name == "?session":
        return _in_session(stream, place, moment)
    if moment + horizon > stream.end:
        return IGNORED
    following = stream.steps[place + 1 :]
    wanted = (step.at for step in following if name == "?return" or step.action == "purchase")
    return ID[YES] if next(wanted, math.inf) <= moment + horizon else ID[NO]


def _in_session(stream: Stream, place: int, moment: float) -> int:
    """Whether a purchase comes before half an hour without an event."""
    last = stream.steps[place].at
    if moment - last > SESSION_GAP_S:
        return IGNORED
    for step in stream.steps[place + 1 :]:
        if step.at - last > SESSION_GAP_S:
            return ID[NO]
        if step.action == "purchase":
            return ID[YES]
        last = step.at
    return ID[NO] if stream.end - last > SESSION_GAP_S else IGNORED
