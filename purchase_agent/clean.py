"""What a model reads of a shopper's text, every place of it traced back to the original.

Three other readings rest on the same rules and stand beside it: whether a text says anything at all, how a terminal may
show it, and whether a clause speaks to the model instead of about a product.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from purchase_agent.errors import InputError

URL_WORD = "url"
"""What a web address becomes: that there was one may matter, where it leads does not."""

_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]?"  # colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])(?:[^\x07\x1b\x90\x98\x9c-\x9f]*+(?:\x07|\x1b\\|\x9c))?"  # titles, clipboard
    r"|\x1b(?:[#%(-+][0-~]|[78=>c])"
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_CONTROLS = r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
_BIDI = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"
_TAGS = r"\U000e0000-\U000e0fff"
_HIDDEN = (
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2060-\u2065\u3164\ufeff\uffa0\ufff9-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
)
_JOINERS = r"\u200b-\u200d\ufe00-\ufe0f"
_INVISIBLE = re.compile(f"[{_CONTROLS}{_BIDI}{_TAGS}{_HIDDEN}{_JOINERS}]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Letters, digits and signs in full width, mathematical and circled letters. Chinese prose keeps its own punctuation.
_WIDE = re.compile(
    r"[\uff02-\uff07\uff0a\uff0b\uff0d\uff0f-\uff19\uff1c-\uff1e\uff20-\uff3a\uff3c\uff3e-\uff5a\uff5c"
    r"\u24b6-\u24e9\U0001d400-\U0001d7ff]"
)
# Cyrillic small and capital, Greek small and capital.
_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u051b\u051d\u04cf\u043a"
    "\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u051a\u051c"
    "\u03b1\u03bf\u03c1\u03bd\u03b9\u03ba\u03c5\u03c7\u03b3\u03c4\u03b5\u03b7\u03c9"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7",
    "aeopcyxijsdhqwlkABESIJKMHOPCTYXQWaopvikuxytenwABEZHIKMNOPTYX",
)
_GREEK_OR_CYRILLIC = re.compile(r"[\u0370-\u03ff\u0400-\u052f]")
_ALPHABETIC_WORD = re.compile(r"[A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u052f]{2,}+")

_BLOCK_OPEN = re.compile(r"<!--|<script\b|<style\b", re.IGNORECASE)
_BLOCK_CLOSE = {
    "<!--": re.compile("-->"),
    "<script": re.compile("</script>", re.IGNORECASE),
    "<style": re.compile("</style>", re.IGNORECASE),
}
_SOFT_TAG = re.compile(
    r"</?(?:a|b|em|font|i|mark|s|small|span|strong|sub|sup|u)(?:\s[^<>=]*+=[^<>]*+)?>", re.IGNORECASE
)
_HARD_TAG = re.compile(
    r"<</?SYS>>|</?[A-Za-z][\w:.-]*+\s*+/?>|<[A-Za-z][\w:.-]*+\s[^<>=]*+=[^<>]*+>|<[!?][A-Za-z\[][^<>]*+>"
)
_TEMPLATE_TOKEN = re.compile(r"<\|[^<>|\n]{0,64}+\|>|\[/?(?:INST|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]")
# Whatever could still begin a tag or a token, whole or put together by what was dropped.
_OPENING = re.compile(r"<(?=[A-Za-z/!?|<])")
_URL = re.compile(
    r"(?:(?:h(?:tt|xx)ps?|ftp)[:\uff1a]//[ ]?|www\.|(?:javascript|data):(?=[a-z]+[(/]))"
    r"[^\s<>\"\u3000-\u303f\u4e00-\u9fff\uff01-\uff5e]+(?<![.,!?;:'\")\]}])"
    r"|(?<![\w@.])(?:[a-z0-9-]{1,63}\.){1,4}(?:com|net|org|io|co|cn|de|uk|ly|be|me|tv|gl|gg|cc|to|ru|app|shop|info|xyz|top"
    r"|link|site|online|invalid)/[!#-;=?-~]*(?<![.,!?;:')\]}])",
    re.IGNORECASE,
)
_MARKS = re.compile(
    r"([\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    r"\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3,})"
)
_SPACE = re.compile(r"[\s\u2800]{2,}|[^\S ]|\u2800")
_REPEATED = re.compile(r"([^\w\s]|_)\1{3,}")
_EDGE = re.compile(r"\A | \Z")

_TAGGED = re.compile(rf"[{_TAGS}]")
_SPELLED_OUT = re.compile(r"\b(\w)[ ._*-](?=\w\b)")

_SIGNIFICANT = re.compile(r"[^\W_]|[\u203c\u2049\u231a-\u23ff\u2600-\u27bf\u2b50\u2b55\U0001f000-\U0001faff]")
_UNPRINTABLE = re.compile(rf"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b\ud800-\udfff{_BIDI}{_TAGS}{_HIDDEN}]")
_ESCAPED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The model's copy of a text.

    ``offsets[i]`` is the index, in code points of the original, at which character ``i`` of ``text`` begins there;
    one more entry gives the original's length. ``ends[i]`` is where it ends: a URL's word covers the whole URL.
    """

    text: str
    offsets: tuple[int, ...]
    ends: tuple[int, ...]

    @property
    def has_content(self) -> bool:
        """Whether anything is left to read: a letter, a digit or an emoji."""
        return bool(_SIGNIFICANT.search(self.text))

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The verbatim span of the original that ``text[start:end]`` stands for.

        Raises:
            InputError: the span is not inside ``text``.
        """
        if not 0 <= start <= end <= len(self.text):
            raise InputError(f"span {start}-{end} is not inside a text of {len(self.text)} characters")
        return self.offsets[start], self.ends[end - 1] if end > start else self.offsets[start]


class _Copy:
    """A text under change, with the place in the original of each of its characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts: Sequence[int] = range(len(text))
        self.ends: Sequence[int] = range(1, len(text) + 1)

    def replace(self, pattern: re.Pattern[str], new: str | Callable[[re.Match[str]], str]) -> None:
        """Puts ``new`` for each match: letter for letter where it is as long, else for the match as a whole."""
        self.put(
            [(*match.span(), new if isinstance(new, str) else new(match)) for match in pattern.finditer(self.text)]
        )

    def put(self, changes: list[tuple[int, int, str]]) -> None:
        """Makes changes given as (begin, end, new text), in order and apart from each other."""
        if not changes:
            return
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for begin, end, new in changes:
            same = len(new) == end - begin
            upto = end if same else begin
            pieces += (self.text[done:begin], new)
            starts += self.starts[done:upto]
            ends += self.ends[done:upto]
            if not same:
                starts += [self.starts[begin]] * len(new)
                ends += [self.ends[end - 1]] * len(new)
            done = end
        self.text = "".join((*pieces, self.text[done:]))
        self.starts = [*starts, *self.starts[done:]]
        self.ends = [*ends, *self.ends[done:]]


def clean(text: str) -> Cleaned:
    """The copy of ``text`` that a model reads; the original stays what is stored and quoted. Linear in its length."""
    copy = _visible(text)
    copy.put(_hidden_blocks(copy.text))
    copy.replace(_SOFT_TAG, "")
    copy.replace(_HARD_TAG, " ")
    copy.replace(_TEMPLATE_TOKEN, " ")
    copy.replace(_URL, URL_WORD)
    copy.replace(_OPENING, "< ")
    copy.replace(_MARKS, lambda match: match[1][:2])
    copy.replace(_SPACE, " ")
    copy.replace(_REPEATED, lambda match: match[1] * 3)
    copy.replace(_EDGE, "")
    return Cleaned(copy.text, (*copy.starts, len(text)), tuple(copy.ends))


def printable(text: str) -> str:
    """``text`` for a terminal or a log line: what would move the cursor, hide or reverse text shows as its code."""
    return _UNPRINTABLE.sub(_code, text)


@cache
def _machine_text() -> re.Pattern[str]:
    """Markup, addresses, chat templates and data for a program: never part of a quotation."""
    return re.compile(
        rf"{_URL.pattern}|{_SOFT_TAG.pattern}|{_HARD_TAG.pattern}|{_TEMPLATE_TOKEN.pattern}|<!--|-->|\[//\]:|\]\(|```"
        r"|<\||\|>|\{\{|\{%|[\"'](?:role|content|lc)[\"']\s*:|\[/?(?:system|assistant|user)\]"
        r"|(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,}+={1,2}",
        re.IGNORECASE,
    )


def instruction_like(text: str) -> bool:
    """Whether a clause tells a model what to do, or holds an address, markup or a chat-template token.

    Such words are never quoted as a shopper's reason.
    """
    # Here, as the machine's text: patterns take a while to compile, and only quotes need these.
    from purchase_agent.orders import speaks_to_model

    if _TAGGED.search(text):
        return True
    seen = _visible(text).text.translate(_LOOKALIKES).lower()
    return bool(_machine_text().search(seen)) or speaks_to_model(seen) or speaks_to_model(_SPELLED_OUT.sub(r"\1", seen))


def _code(match: re.Match[str]) -> str:
    point = ord(match[0])
    if match[0] in _ESCAPED:
        return _ESCAPED[match[0]]
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _visible(text: str) -> _Copy:
    """The characters a reader sees, in the letters he takes them for; markup and addresses still in place."""
    copy = _Copy(text)
    copy.replace(_ESCAPE, "")
    copy.replace(_ENTITY, _decoded)
    copy.replace(_INVISIBLE, "")
    copy.replace(_SURROGATE, "\ufffd")
    copy.replace(_WIDE, _narrow)
    if _GREEK_OR_CYRILLIC.search(copy.text):
        copy.replace(_ALPHABETIC_WORD, _folded)
        foreign = set(_GREEK_OR_CYRILLIC.findall(copy.text))
        # Words made of look-alikes alone: text that is otherwise Latin, since Russian or Greek needs other letters too.
        if foreign and all(ord(letter) in _LOOKALIKES for letter in foreign) and re.search("[A-Za-z]", copy.text):
            copy.replace(_GREEK_OR_CYRILLIC, lambda match: match[0].translate(_LOOKALIKES))
    return copy


def _decoded(match: re.Match[str]) -> str:
    char = html.unescape(match[0])
    return char if len(char) == 1 else match[0]


def _narrow(match: re.Match[str]) -> str:
    char = unicodedata.normalize("NFKC", match[0])
    return char if len(char) == 1 else match[0]


def _folded(match: re.Match[str]) -> str:
    word = match[0]
    mixed = not word.isascii() and any(letter < "\u0250" for letter in word) and _GREEK_OR_CYRILLIC.search(word)
    return word.translate(_LOOKALIKES) if mixed else word


def _hidden_blocks(text: str) -> list[tuple[int, int, str]]:
    """Comments, scripts and styles with all they hold: no reader of the page saw them."""
    blocks: list[tuple[int, int, str]] = []
    unclosed: set[str] = set()  # looked for to the end once and never again: this keeps it linear
    done = 0
    for match in _BLOCK_OPEN.finditer(text):
        opening = match[0].lower()
        if match.start() < done or opening in unclosed:
            continue
        closing = _BLOCK_CLOSE[opening].search(text, match.end())
        if closing:
            done = closing.end()
            blocks.append((match.start(), done, " "))
        else:
            unclosed.add(opening)
    return blocks
