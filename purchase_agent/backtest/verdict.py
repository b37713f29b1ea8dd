"""What a backtest's figures mean for who reads them: a sentence for each horizon, and what to do next."""

from __future__ import annotations

from purchase_agent.backtest.run import Backtest, Horizon


def sentence(horizon: Horizon) -> str:
    """How the models in use did within one horizon, against the best baseline and against what happened."""
    row, difference = horizon.models, horizon.difference
    if difference.high < 0:
        beside = f"better than {horizon.best}"
    elif difference.low > 0:
        beside = f"worse than {horizon.best}"
    else:
        beside = f"no clear difference from {horizon.best}"
    if row.holds:
        level = f"predicted {percent(row.mean.value)} on average, as was seen ({percent(horizon.rate)})"
    else:
        word = "too high" if row.gap.value > 0 else "too low"
        level = f"predicted {percent(row.mean.value)} on average, {word}: {percent(horizon.rate)} bought"
    flattered = f"; {row.seen} of {len(horizon.windows)} windows were seen in fitting" if row.seen else ""
    return f"{beside}; {level}{flattered}"


def advice(found: Backtest) -> list[tuple[str, str]]:
    """What to do next, the most useful first: (why, command)."""
    out = []
    off = [str(one.days) for one in found.horizons if not one.models.holds]
    worse = [str(one.days) for one in found.horizons if one.difference.low > 0]
    shipped = not found.calibrated_on.startswith("own:")
    if shipped or worse:
        why = (
            f"a simple baseline is better at {', '.join(worse)} days" if worse else "the models have not seen your shop"
        )
        out.append((f"{why}: fit purchase timing on your own history", "purchase-agent train timing HISTORY"))
    if shipped or off:
        why = (
            f"predictions are too high or too low at {', '.join(off)} days" if off else "they agree with what was seen"
        )
        again = f"{why}: hold them against your orders, which also takes the warning unfitted_shop from the answers"
        out.append((again, "purchase-agent calibrate HISTORY --outcomes ORDERS"))
    if found.seen:
        again = "the models in use were fitted on part of what they are judged by here: wait for newer events"
        out.append((again, "purchase-agent backtest HISTORY"))
    if not out:
        out.append(
            (
                "nothing: the models agree with what was seen; look again in some months",
                "purchase-agent backtest HISTORY",
            )
        )
    return out


def percent(share: float) -> str:
    """With as many places as tell something."""
    places = 0 if share >= 0.2 else 1 if share >= 0.01 else 2
    return f"{100 * share:.{places}f} %"
