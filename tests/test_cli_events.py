"""``backtest`` and ``calibrate`` from files to files: tables, JSON, the page, statuses."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from purchase_agent import cli_backtest, cli_calibrate
from purchase_agent.backtest import scores
from purchase_agent.cli_predict import DONE, PARTIAL
from purchase_agent.errors import InputError
from tests.histories import FakeModels, shop, write

NOTHING: dict[str, Any] = dict.fromkeys(("map_file", "ids_file", "as_of", "zone", "rejected")) | {"as_json": False}


@pytest.fixture
def models(monkeypatch):
    monkeypatch.setattr(scores, "_RESAMPLES", 50)
    fake = SimpleNamespace(predictor=FakeModels(offset=0.8), folders={})
    for surface in (cli_backtest, cli_calibrate):
        monkeypatch.setattr(surface, "models_in_use", lambda _settings: fake)
        monkeypatch.setattr(surface, "load_settings", lambda: SimpleNamespace(models_dir="own"))
    return fake


@pytest.fixture
def history(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write(tmp_path / "h.jsonl", shop())


@pytest.mark.usefixtures("models")
def test_backtest_shows_tables_and_writes_the_page(history, capsys):
    assert cli_backtest.run_backtest([history], out=None, **NOTHING) == DONE
    out = capsys.readouterr().out
    assert "within 30 days" in out
    assert "Pareto/NBD" in out
    assert "purchase-agent calibrate" in out
    assert max(map(len, out.splitlines())) <= 120
    assert (history.parent / "backtest.html").read_text().startswith("<!doctype html>")
    assert [path.name for path in history.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.usefixtures("models")
def test_backtest_as_json_with_refused_rows(history, capsys, tmp_path):
    with history.open("a") as file:
        file.write('{"shopper_id": "x", "type": "purchase", "at": "never"}\n')
    given = {**NOTHING, "as_json": True, "rejected": tmp_path / "r.jsonl"}
    assert cli_backtest.run_backtest([history], out=tmp_path / "p.html", **given) == PARTIAL
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert [one["days"] for one in told["horizons"]] == [7, 30, 90]
    assert set(told["left_out"]) == {"1"}
    assert told["horizons"][0]["rows"][-1]["log_loss"]["n"] == told["horizons"][0]["n"]
    assert told["rows"]["rows_in"] == told["rows"]["kept"] + told["rows"]["rejected"]
    assert "1 of " in err
    assert json.loads((tmp_path / "r.jsonl").read_text())["field"] == "at"


@pytest.mark.usefixtures("models")
def test_a_page_that_cannot_be_written_is_told_before_the_work(history, tmp_path):
    with pytest.raises(InputError, match="cannot write") as error:
        cli_backtest.run_backtest([history], out=tmp_path / "no" / "p.html", **NOTHING)
    assert error.value.field == "file"


def test_calibrate_writes_what_it_decided(models, history, capsys, monkeypatch, tmp_path):
    written = []

    def write_own(found, folders, models_dir):
        written.append((found, folders, models_dir))
        return {"behaviour": tmp_path / "own" / "behaviour"}

    monkeypatch.setattr(cli_calibrate, "write_own", write_own)
    given: dict[str, Any] = {**NOTHING, "outcomes": [history], "outcomes_map": None}
    assert cli_calibrate.run_calibrate([], **given) == DONE
    out = capsys.readouterr().out
    assert "own:2025-07" in out
    assert "bought before" in out
    assert "unfitted_shop" in out
    assert written[0][1:] == (models.folders, "own")
    assert cli_calibrate.run_calibrate([history], **{**given, "as_json": True}) == DONE
    told = json.loads(capsys.readouterr().out)
    assert told["calibrated_on"] == "own:2025-07"
    assert len(told["decisions"]) == 12
