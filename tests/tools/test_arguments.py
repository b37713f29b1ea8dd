"""Arguments of tools that contradict each other."""

import pytest

from purchase_agent.errors import InputError
from purchase_agent.service import PurchaseAgent
from purchase_agent.tools.catalogue import Toolbox

WHOLE = {"shopper_id": "x", "texts": [{"text": "which laptop?"}]}


@pytest.mark.parametrize(
    ("more", "told"), [({"text": "I return it"}, "not both"), ({"shopper_id": "other"}, "names another")]
)
def test_a_shopper_and_other_words_are_refused(more, told):
    with pytest.raises(InputError, match=told):
        Toolbox(PurchaseAgent("local")).call("predict_intent", {**more, "shopper": WHOLE})


@pytest.mark.parametrize("more", [{}, {"text": " "}, {"text": None, "shopper_id": "x"}])
def test_a_shopper_alone_is_read(more):
    result = Toolbox(PurchaseAgent("local")).call("predict_intent", {**more, "shopper": WHOLE})
    assert result.model_dump()["shopper_id"] == "x"
