"""The tools with OpenAI's client, or any server that speaks as it does.

    OPENAI_API_KEY=... OPENAI_MODEL=gpt-5-mini python docs/examples/openai_tools.py

Without OPENAI_MODEL a script speaks for the model, so that the example runs offline; the predictions are real.
"""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

from purchase_agent.tools.catalogue import Toolbox
from purchase_agent.tools.openai import dispatch, openai_tools

SHOPPER = {
    "shopper_id": "visitor-1",
    "texts": [{"text": "This coat is lovely, but 180 is too much. I'll look again when it's cheaper."}],
}
Complete = Callable[[list[Any], list[dict[str, Any]]], Any]  # messages, tools -> the assistant's message


def asked_of_openai(model: str) -> Complete:
    """Asks the endpoint of OPENAI_BASE_URL, or OpenAI."""
    from openai import OpenAI

    client = OpenAI()

    def complete(messages: list[Any], tools: list[dict[str, Any]]) -> Any:
        return client.chat.completions.create(model=model, messages=messages, tools=tools).choices[0].message

    return complete


def scripted() -> Complete:
    """Two calls side by side, then an answer."""

    def said() -> Iterator[dict[str, Any]]:
        calls = [("predict_purchase", {}), ("explain_prediction", {"label": "price"})]
        yield {
            "role": "assistant",
            "tool_calls": [
                {"id": f"call_{name}", "type": "function", "function": {"name": name, "arguments": json.dumps(given)}}
                for name, given in calls
            ],
        }
        yield {"role": "assistant", "content": "Shall I tell you when the coat is in the sale?"}

    script = said()
    return lambda _messages, _tools: next(script)


def answer(complete: Complete, toolbox: Toolbox, say: Callable[[str], None] = print) -> str:
    """What the assistant answers to SHOPPER, at most five rounds of calls later."""
    # The shopper is given to the tools, so a model is asked neither for his words nor for his id.
    tools = openai_tools("shopper", context=True)
    messages: list[Any] = [
        {"role": "system", "content": "You are the assistant of a shop. Ask before you recommend."},
        {"role": "user", "content": SHOPPER["texts"][0]["text"]},
    ]
    for _ in range(5):
        message = complete(messages, tools)
        messages.append(message)
        calls = message.get("tool_calls") if isinstance(message, dict) else message.tool_calls
        if not calls:
            return str(message["content"] if isinstance(message, dict) else message.content)
        told = dispatch(calls, toolbox, SHOPPER, scope="shopper")
        for one in told:
            found = json.loads(one["content"])
            say(f"  {one['tool_call_id']}: {found.get('summary') or found['error']}")
        messages.extend(told)
    return "Let me fetch a colleague."


if __name__ == "__main__":
    name = os.environ.get("OPENAI_MODEL")
    print(answer(asked_of_openai(name) if name else scripted(), Toolbox()))
