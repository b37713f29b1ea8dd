"""Lines as vLLM 0.32 writes them, and what is said of them."""

import pytest

from purchase_agent.serve.progress import plain, reason


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("(EngineCore pid=9) INFO [core.py:133] Initializing a V1 LLM engine (v0.32.0) with config: model=",
         "vLLM 0.32.0 starts its engine"),
        ("(Worker pid=9) INFO 11-22 12:34:06 [cpu_model_runner.py:68] Starting to load model /m/tiny...",
         "loading the weights"),
        ("(Worker pid=9) INFO 11-22 12:34:07 [default_loader.py:501] Loading weights took 41.52 seconds",
         "the weights are loaded (41.52 s)"),
        ("(EngineCore pid=9) INFO [kv_cache_utils.py:2327] CPU KV cache size: 1,048,576 tokens, Maximum",
         "there is cache for 1,048,576 tokens"),
        ("INFO:     Application startup complete.", "the server is up; waiting for its first answer"),
        ("(APIServer pid=9) INFO 11-22 12:33:39 [model.py:2152] Using max model len 2048", None),
    ],
)  # fmt: skip
def test_a_step_of_the_log_is_a_sentence(line, said):
    assert plain(line) == said


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("OSError: [Errno 98] Address already in use", "--port"),
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB", "choose a smaller one"),
        ("api_server.py: error: unrecognized arguments: --max-num-queued-reqs 256", "0.32 or newer"),
        ("ValueError: To serve at least one request with the models's max seq len (8192), (1.12 GiB KV cache is needed",
         "--max-model-len"),
        ("huggingface_hub.errors.GatedRepoError: 401 Client Error.", "HF_TOKEN"),
        ("RuntimeError: Failed to infer device type, please set", "--profile cpu"),
        ("a line of no known kind", ""),
    ],
)  # fmt: skip
def test_the_last_lines_say_what_to_do(line, hint):
    told = reason(["INFO something", line, "a later line"])
    assert (hint in told) if hint else told == ""
