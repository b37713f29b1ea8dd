from __future__ import annotations

import numpy as np
import pytest

from purchase_agent.events import History
from purchase_agent.predictors.timing.bgnbd import BgNbd
from purchase_agent.predictors.timing.features import NAMES, past_of
from purchase_agent.predictors.timing.paretonbd import ParetoNbd
from purchase_agent.predictors.timing.parts import (
    DAYS,
    PARTS,
    Basis,
    Pooling,
    busy_days,
    chained,
    columns_of,
    part_log_odds,
    pooled,
)

FORMS = BgNbd(0.25, 31.0, 0.8, 2.4), ParetoNbd(0.55, 74.0, 0.6, 81.0)
WEDNESDAY, FRIDAY = 6, 8  # 1970-01-07 and 1970-01-09


def made(*as_of_days: int) -> list[History]:
    return [History(day * 86_400.0, (), (day - 200, day - 90, day - 40), (), day) for day in as_of_days]


def test_hazards_are_chained_and_go_on_as_closed_forms_do() -> None:
    columns = columns_of(past_of(made(WEDNESDAY)), Basis(*FORMS), NAMES)
    hazards = [np.asarray([-3.0]), np.asarray([-2.0])]
    cdf = chained(hazards, columns.forms)[0]
    stays = 1 - 1 / (1 + np.exp([3.0, 2.0]))
    np.testing.assert_allclose(cdf[:2], 1 - np.cumprod(stays))
    left = {name: 1 - one[0] for name, one in columns.forms.items()}
    later = np.exp(np.mean([np.log(one[3] / one[1]) for one in left.values()]))
    assert cdf[3] == pytest.approx(1 - (1 - cdf[1]) * later)
    assert (np.diff(cdf) >= 0).all()


def test_equal_shares_of_alike_parts_are_what_they_say() -> None:
    columns = columns_of(past_of(made(WEDNESDAY, FRIDAY)), Basis(*FORMS), NAMES)
    parts = part_log_odds(columns, [], [])
    assert tuple(parts) == PARTS
    pools = [Pooling(weights=(0.0, 0.0, 1.0, 0.0), bias=0.0)] * (len(DAYS) - 1)
    found = pooled(parts, pools, columns.forms)
    np.testing.assert_allclose(found[:, :-1], columns.forms["bgnbd"][:, :-1], rtol=1e-3)
    assert (np.diff(found, axis=1) >= 0).all()


def test_a_closed_day_ahead_holds_closed_forms_back() -> None:
    closed_on_saturday = np.asarray([1.2] * 5 + [0.0, 1.0])
    past = past_of(made(WEDNESDAY, FRIDAY))
    busy = busy_days(past, closed_on_saturday)
    np.testing.assert_allclose(busy[:, 1], 1.0)
    assert busy[0, 0] == pytest.approx(1.2)
    assert busy[1, 0] == 0
    np.testing.assert_allclose(busy_days(past, np.ones(7)), 1.0)
    forms = columns_of(past, Basis(*FORMS, tuple(closed_on_saturday)), NAMES).forms
    plain = columns_of(past, Basis(*FORMS), NAMES).forms
    for name, cdf in forms.items():
        assert cdf[1, 0] == 0
        assert cdf[0, 0] > plain[name][0, 0]
        np.testing.assert_allclose(cdf[:, 1], plain[name][:, 1])
