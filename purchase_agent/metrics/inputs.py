"""What every metric asks of its columns; malformed or empty input is an error that names the argument and the place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from purchase_agent.errors import InputError

Array = NDArray[np.float64]


def numbers(name: str, values: ArrayLike, *dimensions: int, like: NDArray[Any] | None = None) -> Array:
    """Finite numbers in one of the numbers of ``dimensions``, as many as ``like``."""
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} is not an array of numbers: {error}", field=name) from error
    shaped(name, array, dimensions, like)
    return all_good(name, array, np.isfinite(array), "is not a finite number")


def shaped(name: str, array: NDArray[Any], dimensions: tuple[int, ...], like: NDArray[Any] | None) -> None:
    """Checks dimensions and that there is a row."""
    if array.ndim not in dimensions or not array.size:
        raise InputError(f"{name} has shape {array.shape}, needs dimensions: {dimensions}, and a row", field=name)
    if like is not None and array.shape != like.shape:
        raise InputError(f"{name} has shape {array.shape}, the other side {like.shape}", field=name)


def all_good(name: str, array: Array, good: NDArray[np.bool_], what: str) -> Array:
    """The array if every cell is good; else an error that names the first bad one."""
    if not good.all():
        place = tuple(int(one) for one in np.argwhere(~good)[0])
        raise InputError(f"{name}[{', '.join(map(str, place))}] = {array[place]} {what}", field=name)
    return array


def binary(name: str, values: ArrayLike, dimensions: int, like: Array | None = None) -> Array:
    """Zeros and ones in so many dimensions."""
    array = numbers(name, values, dimensions, like=like)
    return all_good(name, array, (array == 0) | (array == 1), "is neither 0 nor 1")


def unit_interval(array: Array) -> Array:
    """Numbers from 0 to 1."""
    return all_good("predicted", array, (array >= 0) & (array <= 1), "is no probability")


def labels(truth: ArrayLike, predicted: ArrayLike) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """Both labellings as codes 0 .. size - 1, and size."""
    # As objects, because numpy would turn a NaN or None among strings into the word.
    sides = [np.asarray(truth, object), np.asarray(predicted, object)]
    kind = str if sides[0].ndim == 1 and sides[0].size and isinstance(sides[0][0], str) else (int, np.integer, np.bool_)
    for name, side in zip(("truth", "predicted"), sides, strict=True):
        shaped(name, side, (1,), sides[0])
        for row, one in enumerate(side):
            if not isinstance(one, kind):
                raise InputError(f"{name}[{row}] = {one!r}: labels are all strings or all integers", field=name)
    names, codes = np.unique(np.concatenate(sides), return_inverse=True)
    return codes[: len(sides[0])], codes[len(sides[0]) :], len(names)


def one_hot(truth: ArrayLike, of: Array) -> Array:
    """Label indices [rows] as 0/1 in the shape of ``of`` [rows, labels]."""
    index = numbers("truth", truth, 1, like=of[:, 0])
    hot: Array = (index[:, None] == np.arange(of.shape[1])).astype(np.float64)
    all_good("truth", index, hot.sum(1) == 1, f"is no index below {of.shape[1]}")
    return hot


def probabilities(truth: ArrayLike, predicted: ArrayLike) -> tuple[Array, Array]:
    """Probabilities and 0/1 outcomes, both [rows, labels]; one column for an event."""
    p = unit_interval(numbers("predicted", predicted, 1, 2))
    if p.ndim == 1:
        return p[:, None], binary("truth", truth, 1, like=p)[:, None]
    sums = p.sum(1)
    all_good("sum of predicted", sums, np.abs(sums - 1) < 1e-3, "is not 1")
    return p, one_hot(truth, p)
