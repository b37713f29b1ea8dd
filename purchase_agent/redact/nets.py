"""E-mail addresses, written out or disguised, web addresses that carry a secret, and IP addresses."""

from __future__ import annotations

import ipaddress
import re

from purchase_agent.redact.view import Hit

Span = tuple[int, int]

_PROVIDERS = (
    "gmail|googlemail|hotmail|outlook|yahoo|ymail|icloud|aol|live|msn|proton(?:mail)?|gmx|web|mail|yandex|btinternet|qq"
    "|foxmail|163|126|yeah|sina|sohu|aliyun|139|189|me|t-online"
)
_NAMED_PROVIDERS = _PROVIDERS.replace("|web|mail|", "|").replace("|me|", "|").replace("|live|", "|")
_LOCAL = r"A-Za-z0-9_.+%'\u00c0-\u024f-"
_LABEL = r"[A-Za-z0-9\u00c0-\u024f-]"
_AT_SIGN = r"(?:@{1,3}+|%40|&#64;|&#x40;|&commat;)"
_PLAIN = re.compile(
    rf"(?<![{_LOCAL}])[{_LOCAL}]*?[A-Za-z0-9_+\u00c0-\u024f-]"
    rf"(?:{_AT_SIGN}(?:(?:{_LABEL}{{1,63}}+(?:\.|&#46;)){{1,6}}[A-Za-z]{{2,24}}"
    rf"|(?:{_NAMED_PROVIDERS})(?![A-Za-z0-9.])|(?:{_NAMED_PROVIDERS})[,，。]\s?(?:com|net|cn|de|org)(?![a-z])"
    rf"|{_LABEL}{{2,63}}+。(?:com|net|cn|de|org|edu)(?![a-z]))"
    rf"|#(?:{_NAMED_PROVIDERS})\.(?:com|net|cn)(?![a-z]))",
    re.IGNORECASE,
)
_LETTERS = r"(?: [A-Za-z0-9_+-](?![A-Za-z0-9]))"
_SPACED = re.compile(
    rf"(?<![A-Za-z0-9_.+-])[A-Za-z0-9](?:{_LETTERS}| \.){{1,40}} @{_LETTERS}{{1,40}}(?: \.{_LETTERS}{{2,12}}){{1,3}}"
)
# Disguised: "john (at) x (dot) com", "john dot doe at gmail dot com", "abc 艾特 qq 点 com", "john @ gmail . com".
_WORD = r"[A-Za-z0-9_+-]{1,64}+"
_DOT = r"(?:\s?[\[({<]\s?(?:dot|punkt|\.)\s?[\])}>]\s?|\s(?:dot|punkt)\s|\s?\.\s?|\s?[点點]\s?)"
_BRACKETED_AT = r"\s?[\[({<]\s?(?:at|@|a|ät|艾特)\s?[\])}>]\s?"
_SPOKEN_AT = r"(?:\s@\s?|\s?@\s|\s(?:at|ät)\s|\s?艾特\s?|\s?圈[aA]\s?|\s?小老鼠\s?)"
_END = r"(?![A-Za-z0-9])"
_DISGUISED = re.compile(
    rf"(?<![A-Za-z0-9_+.-])(?P<local>{_WORD}(?:{_DOT}{_WORD}){{0,4}})"
    rf"(?:(?P<bracketed>{_BRACKETED_AT})|(?P<spoken>{_SPOKEN_AT}))"
    rf"(?P<host>(?P<known>{_NAMED_PROVIDERS}){_END}(?:{_DOT}[A-Za-z]{{2,6}}{_END}){{0,2}}"
    rf"|[A-Za-z0-9-]{{1,63}}+(?:{_DOT}[A-Za-z0-9-]{{1,63}}+){{0,3}}{_DOT}[A-Za-z]{{2,6}}{_END})",
    re.IGNORECASE,
)
_MAIL_CUE = re.compile(r"(?:e-?mail|mail me|write (?:to|me)|reach me|contact me|邮箱|邮件)[^@]{0,20}\Z", re.IGNORECASE)
_SPELLED_DOT = re.compile(r"[\[(]|\b(?:dot|punkt)\b|[点點]", re.IGNORECASE)
_NO_LOCAL = re.compile(
    r"(?:me|it|them|us|you|is|are|was|look(?:ing|ed)?|available|bought|buy|sold|ordered|order|seen|saw|sale|only|now|up|out"
    r"|email|mail|one|this|that|found|deals?|price|prices|cheaper|account|store|stock|online|check)\Z",
    re.IGNORECASE,
)

_URL = re.compile(r"(?:[a-z][a-z0-9+.-]{1,15}://|(?<![\w.@])www\.)[!-;=?-~]+", re.IGNORECASE)
_USERINFO = re.compile(r"[a-z0-9+.-]+://[^/?#@\s]{1,256}+@", re.IGNORECASE)
_SECRET = re.compile(
    r"[?&#;](?:[a-z]+[_-])*?(?:token|key|sig|signature|auth|session|sessionid|sid|password|passwd|pwd|pass|secret|jwt|otp"
    r"|e?mail|phone|mobile|tel|apikey|jsessionid|phpsessid|code|user|userid|uid|openid|account)=[^&#\s]",
    re.IGNORECASE,
)
_JWT = re.compile(r"eyJ[\w-]{8,}+\.eyJ")
_TRAILING = ".,;:!?)'\"]}"

_IPV4 = re.compile(r"(?<![A-Za-z0-9_.-])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![A-Za-z0-9_-]|\.[0-9])")
_IPV6 = re.compile(r"(?<![A-Za-z0-9_:.])[0-9A-Fa-f:]{6,39}+(?![A-Za-z0-9_:])")
_SOFTWARE = re.compile(
    r"(?:\bv|version|ver\.?|firmware|build|release|driver|section|chapter|rule|clause|固件|版本号?|系统)[ :：]{0,2}\Z",
    re.IGNORECASE,
)


def addresses_of_the_net(text: str) -> list[tuple[Hit | None, Span]]:
    """Each e-mail, web and IP address with its span; those that tell nothing about a person come without a hit."""
    found: list[tuple[Hit | None, Span]] = []
    for match in _URL.finditer(text):
        start, end = match.start(), match.start() + len(match[0].rstrip(_TRAILING))
        address = text[start:end]
        secret = _USERINFO.match(address) or _SECRET.search(address) or _JWT.search(address)
        found.append((Hit(start, end, "URL") if secret else None, (start, end)))
    mails = [match.span() for match in _PLAIN.finditer(text)] + _disguised(text)
    mails += [match.span() for match in _SPACED.finditer(text)]
    found += [(Hit(*span, "EMAIL"), span) for span in mails]
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            if _is_ip(match[0]) and not _SOFTWARE.search(text[max(0, match.start() - 12) : match.start()]):
                found.append((Hit(*match.span(), "IP"), match.span()))
    return found


def _disguised(text: str) -> list[Span]:
    spans: list[Span] = []
    match = _DISGUISED.search(text)
    while match:
        mail = _is_mail(text, match)
        if mail:
            spans.append(match.span())
        # "me at tom dot lee at gmail dot com": what looked like the host may be where the address begins.
        match = _DISGUISED.search(text, match.end() if mail else match.start("host"))
    return spans


def _is_mail(text: str, match: re.Match[str]) -> bool:
    """Whether a disguised form is no sentence: "available at nike dot com" names a shop, not a mailbox."""
    if match["bracketed"]:
        return True
    if _NO_LOCAL.match(match["local"]):
        return False
    if _MAIL_CUE.search(text[max(0, match.start() - 32) : match.start()]) or _SPELLED_DOT.search(match["local"]):
        return True
    whole = match["host"] != match["known"] or not match["spoken"].strip().isascii()
    return bool(match["known"]) and whole


def _is_ip(text: str) -> bool:
    if "." not in text and "::" not in text and text.count(":") != 7:
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
