"""A tiny random language model with a real tokenizer: enough for a served answer to have the form, never the sense."""

from __future__ import annotations

import string
from itertools import chain
from pathlib import Path

ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
END, PAD = "<|end|>", "<|pad|>"
POSITIONS = 8192
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}" + END + "\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
SENTENCES = (
    "My old kettle broke, I need a new one before the weekend.",
    "The running shoes are too expensive, I will wait for the sale.",
    "I bought the blue one last month and I am very happy with it.",
    "Does this phone case fit the newer model, and when would it arrive?",
    "Just looking around, no plans to buy anything this year.",
    '{"intent":"D","flags":"n n","sentiment":"B","next_action":"C","timing":"B","purchase":"G","quotes":"2 2 1 0 3"}',
    "这双鞋多少钱？双十一会打折吗？",
    "上个月买的水壶坏了，想换一个新的。",
)


# Words as Qwen's tokenizer cuts them, in short: a sign may stay with the letters behind it.
WORDS = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+"


def build_tiny_llm(folder: Path, *, seed: int, quoted: bool = False) -> None:
    """Writes a Llama of two layers with random weights, a byte-level BPE tokenizer and a chat template to ``folder``.

    Every ASCII letter and digit is one token, and so is each behind a space, as in the vocabularies of large models.
    There is no token for the beginning of a text. The same seed writes the same weights.

    Args:
        folder: made where it is missing; read by vLLM and by transformers.
        seed: of the weights.
        quoted: a quotation mark and the letter behind it are one token too (``"D``), and words are cut as Qwen cuts
            them: a label has two ways to be written, and a digit is never one token with the space before it.
    """
    import torch
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    spaced = [f" {sign}" for sign in string.ascii_letters + string.digits]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    if quoted:
        words = pre_tokenizers.Split(Regex(WORDS), "isolated")
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [words, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
        )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=[PAD, END, *ROLES],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    # What is seen most is merged first: a sign behind a space comes before any piece of a word.
    first = "".join(spaced) + ("".join(f'"{sign}' for sign in string.ascii_letters) if quoted else "")
    tokenizer.train_from_iterator(chain([first] * 50, SENTENCES * 4), trainer)
    known = tokenizer.get_vocab()
    # A digit of such a tokenizer stands alone, whatever is before it.
    wanted = {sign[1] for sign in spaced} | {f"\u0120{sign[1]}" for sign in spaced if sign[1].isalpha() or not quoted}
    wanted |= {f'"{sign}' for sign in string.ascii_letters if quoted}
    missing = sorted(wanted - known.keys())
    if missing:
        raise AssertionError(f"signs that are no single token: {missing}")

    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=END, pad_token=PAD, model_max_length=POSITIONS, chat_template=TEMPLATE
    )
    fast.save_pretrained(folder)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(known),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=POSITIONS,
        initializer_range=0.2,  # wide enough that the next token is no toss-up between all of them
        bos_token_id=None,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.pad_token_id,
    )
    LlamaForCausalLM(config).eval().save_pretrained(folder)
