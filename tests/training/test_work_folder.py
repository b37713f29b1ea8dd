"""A folder of checkpoints belongs to one run."""

import json

import pytest

torch = pytest.importorskip("torch")

from purchase_agent.errors import InputError
from purchase_agent.training.checkpoint import MADE_OF, claim, digest
from purchase_agent.training.corpus import Row
from purchase_agent.training.finetune import FinetuneSettings

MADE = {"data": digest(["a", "b"]), "base": "base", "settings": digest([FinetuneSettings(seed=7)])}


def test_the_same_run_goes_on(tmp_path):
    claim(tmp_path / "work", MADE)
    (tmp_path / "work" / "fold0.npz").write_bytes(b"scores")
    claim(tmp_path / "work", MADE)
    assert json.loads((tmp_path / "work" / MADE_OF).read_text()) == MADE


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"data": digest(["a"])}, "another data"),
        ({"settings": digest([FinetuneSettings(seed=8)])}, "another settings"),
        ({"data": digest([]), "base": "other"}, "another data, base"),
    ],
)
def test_another_run_does_not_use_its_stages(tmp_path, changed, told):
    claim(tmp_path, MADE)
    with pytest.raises(InputError, match=told):
        claim(tmp_path, {**MADE, **changed})


def test_files_of_nobody_are_not_used(tmp_path):
    (tmp_path / "fold0.npz").write_bytes(b"scores")
    with pytest.raises(InputError, match="does not tell of which run"):
        claim(tmp_path, MADE)


def test_what_a_run_is_made_of_tells_texts_and_labels_apart():
    row = Row("a", "chat", "en", "own", "own", "g", labels={"intent": "none"})
    other = Row("a", "chat", "en", "own", "own", "g", labels={"intent": "ready"})
    assert digest([row]) == digest([Row("a", "chat", "en", "own", "own", "g", labels={"intent": "none"})])
    assert len({digest([row]), digest([other]), digest([row, other]), digest([other, row])}) == 4
