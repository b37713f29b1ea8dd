import pytest

from purchase_agent.chat.thinking import answer_part

ANSWER = '{"intent":"D"}'
CHANNELS = "<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>final<|message|>"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"content": ANSWER}, (ANSWER, False)),
        ({"content": ' {"quote":"</think> and <|channel|>"}'}, (' {"quote":"</think> and <|channel|>"}', False)),
        ({"content": "D"}, ("D", False)),
        ({"content": "analysis of assistants"}, ("analysis of assistants", False)),
        ({"content": None}, (None, False)),
        ({"content": ["parts"]}, (None, False)),
        ({}, (None, False)),
        ({"content": ANSWER, "reasoning_content": ""}, (ANSWER, False)),
        ({"content": ANSWER, "reasoning_content": None}, (ANSWER, False)),
        ({"content": ANSWER, "reasoning_content": "Hm."}, (ANSWER, True)),
        ({"content": None, "reasoning": "Hm."}, (None, True)),
        ({"content": f"<think>\nHm {{}}\n</think>\n\n{ANSWER}"}, (ANSWER, True)),
        ({"content": f"Hm.\n</think>\n{ANSWER}\n"}, (ANSWER, True)),
        ({"content": f"<think>a</think><think>b</think>{ANSWER}"}, (ANSWER, True)),
        ({"content": "<think>Hm"}, (None, True)),
        ({"content": "<think>Hm</think>"}, (None, True)),
        ({"content": f"{CHANNELS}{ANSWER}"}, (ANSWER, True)),
        ({"content": f"<|channel|>final <|constrain|>json<|message|>{ANSWER}<|return|>"}, (ANSWER, True)),
        ({"content": "<|channel|>analysis<|message|>Hm"}, (None, True)),
        ({"content": f"analysisHm, the shopperassistantfinal{ANSWER}"}, (ANSWER, True)),
    ],
)
def test_answer_part(message, expected):
    assert answer_part(message) == expected
