"""The tools in OpenAI's Agents SDK.

    pip install . openai-agents
    OPENAI_API_KEY=... python docs/examples/agents_sdk.py

The SDK sends traces, with the shopper's words, to OpenAI unless told not to: see the first line of ``answer``.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from agents import Agent, FunctionTool, Model, RunContextWrapper, Runner, set_tracing_disabled

from purchase_agent.tools.arguments import Scope
from purchase_agent.tools.catalogue import Toolbox
from purchase_agent.tools.openai import dispatch, openai_tools

SHOPPER = {"shopper_id": "visitor-1", "texts": [{"text": "The drill died in the middle of the job, I need one today!"}]}


def agents_tools(toolbox: Toolbox, scope: Scope = "shopper") -> list[FunctionTool]:
    """The tools of a run whose context is the shopper."""
    return [_tool(one, toolbox, scope) for one in openai_tools(scope, "responses", context=True)]


def _tool(schema: dict[str, Any], toolbox: Toolbox, scope: Scope) -> FunctionTool:
    async def invoke(run: RunContextWrapper[Mapping[str, Any]], arguments: str) -> str:
        call = {"type": "function_call", "call_id": "", "name": schema["name"], "arguments": arguments}
        (output,) = await asyncio.to_thread(dispatch, [call], toolbox, run.context, scope=scope)
        told = json.loads(output["output"])
        return str(told.get("summary") or told["error"])

    return FunctionTool(
        name=schema["name"],
        description=schema["description"],
        params_json_schema=schema["parameters"],
        on_invoke_tool=invoke,
        strict_json_schema=schema["strict"],
    )


async def answer(model: str | Model | None = None, toolbox: Toolbox | None = None) -> str:
    """What an agent answers to SHOPPER. ``model``: that of the SDK if None."""
    set_tracing_disabled(True)
    agent = Agent[Mapping[str, Any]](
        name="Shop assistant",
        instructions="You are the assistant of a shop. Call predict_purchase first, and ask before you recommend.",
        tools=list(agents_tools(toolbox or Toolbox())),
        model=model,
    )
    result = await Runner.run(agent, SHOPPER["texts"][0]["text"], context=SHOPPER, max_turns=5)
    return str(result.final_output)


if __name__ == "__main__":
    print(asyncio.run(answer()))
