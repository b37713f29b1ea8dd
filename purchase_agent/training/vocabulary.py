"""Builds the tokenizer: the English WordPiece vocabulary, cut to size, with Chinese words, characters and emoji added.

A Chinese word or character starts as the mean of the English words of its gloss (``eval/data/lexicon_zh.tsv``), so that
the English encoder reads Chinese as glossed English before it has seen any (after Minixhofer et al. 2022, WECHSEL).
Traditional forms share the id of the simplified one, and a word the same id at the start and inside of a run of
characters: each is one row of the embedding matrix, at no cost when it runs.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from purchase_agent.labels import CHANNELS

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
CHANNEL_TOKENS: dict[str, str] = {channel: f"[{channel}]" for channel in CHANNELS}
_FREQUENT = 19_000  # ids of the base vocabulary are ordered by frequency; rarer ones stay if our texts use them
_LATIN = re.compile(r"^(##)?[\x20-\x7eÀ-ɏ£€¥–—‘’“”…•°²³½·]+$")
_CJK = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_SYMBOL = "[\u2190-\u2bff\u3000-\u303f\uff00-\uffef\U0001f000-\U0001faff]"


_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LONGEST_RUN = 20  # characters in which words are sought at once: the search is quadratic


def _simplified() -> dict[str, str]:
    """Traditional character -> simplified one, for characters where they differ. Uses OpenCC's tables."""
    from opencc import OpenCC

    convert = OpenCC("t2s").convert
    pairs = ((chr(code), convert(chr(code))) for code in range(0x4E00, 0xA000))
    return {old: new for old, new in pairs if new != old and len(new) == 1}


def _traditional(words: Iterable[str]) -> dict[str, str]:
    """Traditional form -> word, for words that are written otherwise in Taiwan or Hong Kong."""
    from opencc import OpenCC

    converters = [OpenCC(name).convert for name in ("s2t", "s2tw", "s2hk")]
    return {form: word for word in words for form in {convert(word) for convert in converters} - {word}}


def _emoji() -> list[str]:
    ranges = ((0x1F300, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F90C, 0x1F9FF), (0x2600, 0x26FF), (0x2700, 0x27BF))
    codes = (code for first, last in ranges for code in range(first, last + 1))
    return [chr(code) for code in codes if unicodedata.name(chr(code), "")]


def build(
    base: Path, texts: Iterable[str], lexicon: dict[str, str], *, minimum: int = 3
) -> tuple[str, dict[int, list[int]]]:
    """``tokenizer.json`` for ``texts``, and a map from its ids to the base's ids whose mean they start from.

    Args:
        base: folder of the base encoder (``tokenizer.json``).
        texts: corpus lines; a character is added when it occurs ``minimum`` times or more.
        lexicon: Chinese word or character -> English gloss; all of them are added.
    """
    old: dict[str, int] = json.loads((base / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    probe = Tokenizer.from_file(str(base / "tokenizer.json"))
    probe.no_padding()
    probe.no_truncation()
    used, characters = _count(probe, texts)
    simplified = _simplified()
    added = list(dict.fromkeys([*lexicon, *_added_characters(characters, simplified, minimum)]))
    tokens = (*SPECIAL, *CHANNEL_TOKENS.values(), *_kept(old, used), *added)
    vocabulary = {token: place for place, token in enumerate(dict.fromkeys(tokens))}
    source = {place: [old[token]] for token, place in vocabulary.items() if token in old}
    # Emoji are rare in any corpus: each starts as the mean of the words of its Unicode name.
    names = {emoji: unicodedata.name(emoji).lower() for emoji in _emoji()}
    for token, gloss in (lexicon | names).items():
        place = vocabulary.setdefault(token, len(vocabulary))
        source[place] = probe.encode(gloss, add_special_tokens=False).ids
    return _written(vocabulary, simplified, added), source


def _count(probe: Tokenizer, texts: Iterable[str]) -> tuple[Counter[int], Counter[str]]:
    """How often each id of the base and each lower-case character occurs."""
    used: Counter[int] = Counter()
    characters: Counter[str] = Counter()
    stream = iter(texts)
    while batch := list(islice(stream, 2048)):
        for text, encoding in zip(batch, probe.encode_batch(batch), strict=True):
            characters.update(text.lower())
            used.update(encoding.ids)
    return used, characters


def _kept(old: dict[str, int], used: Counter[int]) -> Iterator[str]:
    """Latin tokens of the base, in its order: the frequent ones, those our texts use, and single characters."""
    for token, index in sorted(old.items(), key=lambda item: item[1]):
        if token.startswith("[unused") or not _LATIN.match(token):
            continue
        if index < _FREQUENT or used[index] or len(token.removeprefix("##")) == 1:
            yield token


def _added_characters(characters: Counter[str], simplified: dict[str, str], minimum: int) -> Iterator[str]:
    """Chinese characters (simplified) and symbols that occur often enough, the most frequent first."""
    counts: Counter[str] = Counter()
    for character, count in characters.items():
        counts[simplified.get(character, character)] += count
    for character, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if count >= minimum and (_CJK.match(character) or re.match(_SYMBOL, character)):
            yield character


def _written(vocabulary: dict[str, int], simplified: dict[str, str], chinese: Iterable[str]) -> str:
    """``tokenizer.json`` with the forms that share an id, which the library's own writer would drop."""
    shared = dict(vocabulary)
    for form, word in (_traditional(chinese) | simplified).items():
        if word in vocabulary:
            shared.setdefault(form, vocabulary[word])
    han = re.compile(f"[{_HAN}]+")
    shared |= {f"##{form}": place for form, place in shared.items() if han.fullmatch(form)}
    known = "".join(sorted(form for form in shared if len(form) == 1 and han.fullmatch(form)))
    spec: dict[str, Any] = json.loads(_assemble(vocabulary, known).to_str())
    spec["model"]["vocab"] = shared
    return json.dumps(spec, ensure_ascii=False, separators=(",", ":"))


def _assemble(vocabulary: dict[str, int], known: str) -> Tokenizer:
    # Special tokens are not registered as such: a shopper who types "[SEP]" gets brackets and letters. The caller
    # puts [CLS], the channel and [SEP] around the ids.
    tokenizer = Tokenizer(
        models.WordPiece(
            vocab=vocabulary, unk_token="[UNK]", continuing_subword_prefix="##", max_input_chars_per_word=60
        )
    )
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=False, strip_accents=True, lowercase=True
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_SYMBOL), "isolated"),
            # A character that is not known would make the whole run unknown.
            pre_tokenizers.Split(Regex(f"[{_HAN}&&[^{known}]]"), "isolated"),
            pre_tokenizers.Split(Regex(f"[{_HAN}]{{1,{_LONGEST_RUN}}}"), "isolated"),
            pre_tokenizers.BertPreTokenizer(),
        ]
    )
    return tokenizer
