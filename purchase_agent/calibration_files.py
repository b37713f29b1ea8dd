"""A shop's own copies of the models of events, with its scalings put into their calibration.

A scaling is affine in log-odds, and so are the pools of both models: the two become one pool, exactly. Where a scaled
answer is itself pooled further on, that pool takes the scaling back first, so that nothing is scaled twice. (Exact but
for chances that a shorter horizon lifts, and for those beyond a hundred-thousandth. The year has no scaling of its own:
it goes on from the last horizon.)
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from purchase_agent.calibration_own import CUSTOMERS, NEWCOMERS, TIMING, OwnCalibration
from purchase_agent.errors import InputError, ModelFileError
from purchase_agent.labels import HORIZONS
from purchase_agent.predictors.behaviour import BehaviourCalibration, Pool
from purchase_agent.predictors.model_folder import seal, verified
from purchase_agent.predictors.platt import Platt
from purchase_agent.predictors.timing.parts import Parameters, Pooling

BEHAVIOUR_FILE, TIMING_FILE = "calibration.json", "timing.json"
_COMMAND = "train"


def write_own(found: OwnCalibration, sources: Mapping[str, Path], models_dir: Path) -> dict[str, Path]:
    """Writes ``models_dir/behaviour`` and ``models_dir/timing`` from the folders in use, both or none.

    Args:
        sources: ``behaviour`` and ``timing``, the folders that ``found`` was measured with.

    Returns:
        The folders written.

    Raises:
        InputError: the folder cannot be written.
        ModelFileError: a source is missing, damaged or of another form.
    """
    targets = {name: models_dir / name for name in ("behaviour", "timing")}
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".calibrate-", dir=models_dir) as work:
            made = {name: Path(work) / name for name in targets}
            for name, folder in made.items():
                _copy(name, sources[name], folder, found)
            _exchange(made, targets, Path(work))
    except OSError as error:
        message = f"cannot write {models_dir}: {error.strerror or error}"
        raise InputError(message, hint="check the folder, its owner and mode, and the room on the disk") from error
    return targets


def behaviour_with(marks: BehaviourCalibration, found: OwnCalibration) -> BehaviourCalibration:
    """The calibration of the behaviour model with the scalings in it."""
    asked, with_history = dict(marks.asked), dict(marks.with_history)
    for days in HORIZONS:
        new, alone = found.platt(NEWCOMERS, days), found.platt(TIMING, days)
        asked[f"?{days}d"] = _scaled(asked[f"?{days}d"], new)
        if str(days) in with_history:
            pool = _taken_back(with_history[str(days)], new, alone)
            with_history[str(days)] = _scaled(pool, found.platt(CUSTOMERS, days))
    return marks.model_copy(update={"asked": asked, "with_history": with_history, "calibrated_on": found.calibrated_on})


def timing_with(told: Parameters, found: OwnCalibration) -> Parameters:
    """The parameters of the timing model with the scalings in its pools."""
    pooling = tuple(
        Pooling(weights=tuple(platt.slope * one for one in pool.weights), bias=platt.slope * pool.bias + platt.offset)
        for pool, platt in zip(told.pooling, (found.platt(TIMING, days) for days in HORIZONS), strict=True)
    )
    return told.model_copy(update={"pooling": pooling, "calibrated_on": found.calibrated_on})


def _scaled(pool: Pool, platt: Platt) -> Pool:
    return Pool(
        weights=(platt.slope * pool.weights[0], platt.slope * pool.weights[1]),
        bias=tuple(platt.slope * one + platt.offset for one in pool.bias),
    )


def _taken_back(pool: Pool, *scalings: Platt) -> Pool:
    """The pool for inputs that have been scaled: it says of them what it said of the inputs before."""
    first, second = (weight / one.slope for weight, one in zip(pool.weights, scalings, strict=True))
    shift = first * scalings[0].offset + second * scalings[1].offset
    return Pool(weights=(first, second), bias=tuple(one - shift for one in pool.bias))


def _copy(name: str, source: Path, folder: Path, found: OwnCalibration) -> None:
    file = BEHAVIOUR_FILE if name == "behaviour" else TIMING_FILE
    manifest = verified(source, (file,), f"{_COMMAND} {name}")
    shutil.copytree(source, folder)
    raw = (source / file).read_bytes()
    try:
        if name == "behaviour":
            marks = behaviour_with(BehaviourCalibration.model_validate_json(raw), found)
            text = marks.model_dump_json(indent=1)
        else:
            text = timing_with(Parameters.model_validate_json(raw), found).model_dump_json(indent=1)
    except ValueError as error:
        raise ModelFileError(f"{source / file} is of another form: {error}") from error
    (folder / file).write_text(text, encoding="utf-8")
    files = tuple(manifest.pop("files"))
    version = str(manifest["version"]).partition("+own")[0]
    facts = {**manifest, "version": f"{version}+own.{found.until:%Y-%m-%d}", "calibrated_on": found.calibrated_on}
    seal(folder, files, facts)
    verified(folder, files, f"{_COMMAND} {name}")


def _exchange(made: Mapping[str, Path], targets: Mapping[str, Path], work: Path) -> None:
    """Puts the new folders in place of the old by renaming; where one fails, all old ones return."""
    moved: list[tuple[Path, Path]] = []
    try:
        for name, target in targets.items():
            if target.exists():
                old = work / f"{name}.old"
                target.rename(old)
                moved.append((old, target))
            made[name].rename(target)
            moved.append((target, made[name]))
    except OSError:
        for now, before in reversed(moved):
            now.rename(before)
        raise
