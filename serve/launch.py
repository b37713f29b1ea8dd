"""From a profile and options to the command that starts vLLM and its environment. Reads and writes nothing.

The flags and what each is for stand in docs/serving.md. The key travels in the environment, where ``ps`` does not show
it; names and values of ours never reach the engine.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from purchase_agent.addresses import is_loopback
from purchase_agent.errors import SettingsError
from purchase_agent.serve.asked import AskedWronglyError
from purchase_agent.serve.profile import Profile
from purchase_agent.settings import PREFIX

KEY_NAME = "VLLM_API_KEY"
KEY_WORDS = f'"${{{PREFIX}LLM_API_KEY:?set it}}"'
MODULE = "vllm.entrypoints.openai.api_server"
"""vLLM's own ``vllm`` script needs package metadata of that name, which the CPU build does not have."""

STRUCTURED = json.dumps({"backend": "xgrammar", "disable_any_whitespace": True})
_QUIET = {
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    # Switches that open routes or write down what shoppers wrote: off, whatever this shell has.
    "VLLM_SERVER_DEV_MODE": "0",
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "0",
    "VLLM_DEBUG_LOG_API_SERVER_RESPONSE": "false",
    "VLLM_LOGGING_LEVEL": "INFO",
}
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
_OURS = (
    "--api-key", "--config", "--host", "--model", "--port", "--served-model-name", "--uds", "--enable-log-requests",
    "--trust-remote-code", "--middleware",
)  # fmt: skip
_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)


@dataclass(frozen=True, slots=True)
class Lora:
    """A fine-tuned adapter: the name requests ask for it by, its folder, and its rank where that is known."""

    name: str
    path: str
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """What a user chose, and what is known of his own model folder (``vocabulary``, ``positions``: its limits).

    ``key_words``: by which a shell gets the key. ``key_guard``: a command that fails where they would give nothing;
    empty where they end the command themselves then. An engine that is started with an empty key asks for none.
    """

    python: str = "python"
    module: str = MODULE
    model: str | None = None
    served_name: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    key: str | None = field(default=None, repr=False)
    key_words: str = KEY_WORDS
    key_guard: str = ""
    loras: tuple[Lora, ...] = ()
    max_model_len: int | None = None
    dtype: str | None = None
    extra: tuple[str, ...] = ()
    offline: bool = False
    vocabulary: int | None = None
    positions: int | None = None


@dataclass(frozen=True, slots=True)
class Launch:
    """The command, what it adds to the environment, and how its server is then spoken to."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)  # holds the key
    host: str
    port: int
    served_name: str
    key_words: str = KEY_WORDS
    key_guard: str = ""

    @property
    def key(self) -> str | None:
        """The key that the server asks for."""
        return self.environment.get(KEY_NAME)

    @property
    def base_url(self) -> str:
        """Address for ``PURCHASE_AGENT_LLM_BASE_URL`` on this machine."""
        return f"http://{bracketed(reached_at(self.host))}:{self.port}/v1"

    def printed(self) -> str:
        """The command for a shell, a line for each setting; in place of the key, where to get it.

        Pasted where the key is not to be had, it starts nothing.
        """
        lines = [f"{name}={self.key_words if name == KEY_NAME else shlex.quote(value)}"
                 for name, value in sorted(self.environment.items())]  # fmt: skip
        if self.key_guard:
            lines.insert(0, f"{self.key_guard} &&")
        words: list[str] = []
        for word in self.argv[3:]:
            if word.startswith("--") or not words:
                words.append(shlex.quote(word))
            else:
                words[-1] += f" {shlex.quote(word)}"
        return " \\\n  ".join([*lines, shlex.join(self.argv[:3]), *words])


def launch(profile: Profile, options: Options) -> Launch:
    """How vLLM is started.

    Raises:
        AskedWronglyError: a port or name that is none, or an extra flag that would undo what is decided here.
        SettingsError: an address that others reach without a key, or an adapter that vLLM does not serve.
    """
    _check(options)
    engine = profile.engine
    model = options.model or profile.model.id
    known = profile.served(options.model)
    name = options.served_name or _name_of(model)
    if name in {lora.name for lora in options.loras}:
        raise AskedWronglyError(f"--lora {name} has the name of the model itself", hint="give it a name of its own")
    length = options.max_model_len or min(engine.max_model_len, options.positions or engine.max_model_len)
    most = engine.max_logprobs if options.vocabulary is None else min(engine.max_logprobs, options.vocabulary)
    arguments = [
        "--model", model,
        "--served-model-name", name,
        "--host", options.host,
        "--port", str(options.port),
        "--dtype", options.dtype or engine.dtype,
        "--max-model-len", str(length),
        "--max-num-seqs", str(engine.max_num_seqs),
        "--max-num-queued-reqs", str(engine.max_queued),
        "--max-logprobs", str(most),
        "--generation-config", "vllm",
        "--structured-outputs-config", STRUCTURED,
        "--enable-prefix-caching",
        "--enable-prompt-tokens-details",
        "--no-enable-log-requests",
        "--disable-uvicorn-access-log",
        "--disable-fastapi-docs",
    ]  # fmt: skip
    if engine.memory_share is not None:
        arguments += ["--gpu-memory-utilization", str(engine.memory_share)]
    if engine.tensor_parallel > 1:
        arguments += ["--tensor-parallel-size", str(engine.tensor_parallel)]
    if engine.eager:
        arguments += ["--enforce-eager"]
    # A model of the user's own may come from the profile's; a template that knows no such word passes over it.
    template = (known or profile.model).template
    if template:
        arguments += ["--default-chat-template-kwargs", json.dumps(template)]
    if known is not None and known.reasoning_parser is not None:
        arguments += ["--reasoning-parser", known.reasoning_parser]
    arguments += _adapters(options.loras)
    environment = dict(_QUIET) | dict(engine.environment) | (_OFFLINE if options.offline else {})
    if options.key:
        environment[KEY_NAME] = options.key
    argv = (options.python, "-m", options.module, *arguments, *options.extra)
    guard = options.key_guard if options.key else ""
    return Launch(argv, environment, options.host, options.port, name, options.key_words, guard)


def child_environment(own: Mapping[str, str], started: Launch) -> dict[str, str]:
    """Environment of the engine: this one without our own settings and without a key that was not asked for."""
    kept = {name: value for name, value in own.items() if not name.startswith(PREFIX) and name != KEY_NAME}
    return kept | dict(started.environment)


def reached_at(host: str) -> str:
    """Where this machine reaches a server that listens at ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- compared with, not listened at


def bracketed(host: str) -> str:
    """``host`` as an URL writes it."""
    return f"[{host}]" if ":" in host else host


def _check(options: Options) -> None:
    if not options.host or any(sign.isspace() or sign in "/[]" for sign in options.host):
        raise AskedWronglyError(f"--host {options.host!r} is no address", hint="such as 127.0.0.1")
    if not is_loopback(options.host) and not options.key:
        raise SettingsError(
            f"--host {options.host} lets other machines in and no key is set",
            hint=f"set {PREFIX}LLM_API_KEY or give --api-key-file, or stay at 127.0.0.1",
        )
    if not 1 <= options.port <= 65535:
        raise AskedWronglyError(f"--port {options.port} is no port", hint="1 to 65535")
    if options.max_model_len is not None and options.max_model_len < 256:
        raise AskedWronglyError(f"--max-model-len {options.max_model_len} holds no prompt", hint="2048 or more")
    if options.max_model_len and options.positions and options.max_model_len > options.positions:
        raise AskedWronglyError(
            f"--max-model-len {options.max_model_len}: this model has {options.positions} positions"
        )
    for word in options.extra:
        flag = word.partition("=")[0].replace("_", "-")
        # A flag may be cut short: `--hos` is `--host` to the engine.
        meant = [ours for ours in _OURS if len(flag) > 2 and ours.startswith(flag)]
        if meant:
            raise AskedWronglyError(f"--extra {flag} may not set {meant[0]}", hint="see `purchase-agent serve --help`")
    if len({lora.name for lora in options.loras}) < len(options.loras):
        raise AskedWronglyError("two --lora have the same name", hint="give each a name of its own")


def _name_of(model: str) -> str:
    """The id of the hub, or the last name of a folder."""
    is_id = model.count("/") == 1 and model[0] not in "./~" and not model.endswith("/")
    return model if is_id else model.rstrip("/").rpartition("/")[2]


def _adapters(loras: tuple[Lora, ...]) -> list[str]:
    if not loras:
        return []
    asked = max(lora.rank or 16 for lora in loras)
    rank = next((one for one in _RANKS if one >= asked), None)
    if rank is None:
        raise SettingsError(f"an adapter of rank {asked} is more than vLLM serves", hint=f"at most {_RANKS[-1]}")
    modules = [json.dumps({"name": lora.name, "path": lora.path}) for lora in loras]
    return ["--enable-lora", "--max-loras", str(len(loras)), "--max-lora-rank", str(rank), "--lora-modules", *modules]
