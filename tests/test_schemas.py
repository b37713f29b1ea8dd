import json
from pathlib import Path

import pytest

from purchase_agent.evidence import Event, Shopper
from purchase_agent.evidence import Text as Written
from purchase_agent.labels import ACTIONS, BARRIERS, INTENTS, MOTIVATIONS, TIMINGS
from purchase_agent.prediction import Prediction

SCHEMAS = Path(__file__).parent.parent / "docs" / "schema"


@pytest.mark.parametrize("name", ["shopper", "prediction"])
def test_the_committed_schemas_are_those_of_the_code(command, tmp_path: Path, name: str) -> None:
    assert command("schemas", tmp_path).status == 0
    written = (tmp_path / f"{name}.json").read_text("utf-8")
    assert (SCHEMAS / f"{name}.json").read_text("utf-8") == written, "run `purchase-agent schemas docs/schema`"


def test_the_schema_of_a_shopper_refuses_unknown_fields_everywhere() -> None:
    schema = json.loads((SCHEMAS / "shopper.json").read_text("utf-8"))
    assert schema["additionalProperties"] is False
    assert all(part["additionalProperties"] is False for part in schema["$defs"].values())
    assert set(schema["properties"]) == set(Shopper.model_fields)
    assert set(schema["$defs"]["Text"]["properties"]) == set(Written.model_fields)
    assert set(schema["$defs"]["Event"]["properties"]) == set(Event.model_fields)


def test_the_schema_of_a_prediction_names_the_fields_of_the_contract_and_all_labels() -> None:
    text = (SCHEMAS / "prediction.json").read_text("utf-8")
    schema = json.loads(text)
    assert list(schema["properties"]) == list(Prediction.model_fields)
    assert set(schema["$defs"]["Tokens"]["properties"]) == {"in", "out"}
    for name in (*INTENTS, *MOTIVATIONS, *BARRIERS, *ACTIONS, *TIMINGS):
        assert f'"{name}"' in text
