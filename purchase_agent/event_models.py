"""The models of events that predictions are made with now, and where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from purchase_agent.predictors.happenings import EventsPredictor
from purchase_agent.predictors.local import LocalPredictor
from purchase_agent.settings import MODELS, Settings, model_folder


@dataclass(frozen=True, slots=True)
class InUse:
    """``predictor`` answers from events; ``folders``: ``behaviour`` and ``timing``, each its own or the shipped one."""

    predictor: EventsPredictor
    folders: dict[str, Path]


def models_in_use(settings: Settings) -> InUse:
    """The user's own models of events where there are any, else the shipped ones.

    Raises:
        ModelFileError: a model is missing or damaged.
    """
    folders = {name: model_folder(settings.models_dir, name, to_fill=True) for name in MODELS}
    predictor = LocalPredictor(folders["text"], folders["behaviour"], folders["timing"], threads=settings.threads)
    return InUse(predictor.events, {name: folders[name] for name in ("behaviour", "timing")})
