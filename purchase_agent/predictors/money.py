"""Amounts of money and what they bound, in folded English and Chinese text.

A number counts as money where a currency stands by it, or where the words around it speak of a price and no other unit
follows: "under 50" does, "under 50 minutes" and "50寸以内" do not. Of what bounds from below the plain words do ("at
least 80", "from 80 up", "80起"), unless others say what else is counted: "a battery of at least 80". What is refused
below or above a price bounds it from there: "nothing under 80" is at least 80.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

ABOUT_LOW, ABOUT_HIGH = 0.8, 1.1
"""What "around 100" bounds: 80 to 110."""

_SIGNS = {
    "£": "GBP", "€": "EUR", "$": "USD", "us$": "USD", "hk$": "HKD", "nt$": "TWD", "a$": "AUD", "c$": "CAD", "s$": "SGD",
    "¥": "CNY", "￥": "CNY", "rmb": "CNY", "cny": "CNY", "usd": "USD", "gbp": "GBP", "eur": "EUR", "jpy": "JPY",
    "hkd": "HKD",
}  # fmt: skip
_UNITS = {
    "pounds": "GBP", "pound": "GBP", "quid": "GBP", "gbp": "GBP", "£": "GBP", "euros": "EUR", "euro": "EUR",
    "eur": "EUR", "€": "EUR", "dollars": "USD", "dollar": "USD", "bucks": "USD", "usd": "USD", "$": "USD",
    "yuan": "CNY", "rmb": "CNY", "cny": "CNY", "kuai": "CNY", "元": "CNY", "块钱": "CNY", "块": "CNY", "人民币": "CNY",
    "塊": "CNY", "美元": "USD", "美金": "USD", "刀": "USD", "英镑": "GBP", "镑": "GBP", "欧元": "EUR", "欧": "EUR",
    "港币": "HKD", "蚊": "HKD", "日元": "JPY", "yen": "JPY",
}  # fmt: skip
DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD"})
"""Currencies that a bare dollar sign may mean."""
YUANS = frozenset({"CNY", "JPY"})

_SMALL = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_WORD_NUMBER = (
    rf"(?:(?:a|{'|'.join(_SMALL)}|{'|'.join(_TENS)})(?:[ -](?:{'|'.join(_SMALL)}))?(?: (?:hundred|thousand|grand))"
    rf"(?:(?: and)? (?:{'|'.join(_TENS)}|{'|'.join(_SMALL)})(?:[ -](?:{'|'.join(_SMALL)}))?)?"
    rf"|(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(_SMALL)}))?|(?:{'|'.join(_SMALL)}))\b"
)
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_HAN = "零〇一二两三四五六七八九十百千万"
_NUMBER = (
    r"(?:(?<![\d.])\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|(?<![\d.,])\d{1,7}(?:\.\d{1,2})?)(?:\s?(?:k|grand)\b"
    r"|k(?=[^a-z])|[千万百w]\d?(?!\d))?"
)
_AMOUNT = rf"(?:{_NUMBER}|[{_HAN}]{{1,9}}|\b{_WORD_NUMBER})"
_SIGN = r"(?:us\$|hk\$|nt\$|a\$|c\$|s\$|[£€$¥￥]|\b(?:rmb|cny|usd|gbp|eur|hkd|jpy)\s)"
_UNIT = (
    r"(?:\s?(?:pounds?|quid|gbp|euros?|eur|dollars?|bucks|usd|yuan|rmb|cny|kuai|yen)\b|\s?(?:块钱|美元|美金|人民币"
    r"|英镑|港币|日元"
    r"|欧元|[元块刀镑蚊欧])(?![a-z])|\s?[£€$])"
)


def _one(name: str) -> str:
    return rf"(?P<sign{name}>{_SIGN})?\s?(?P<amount{name}>{_AMOUNT})(?P<unit{name}>{_UNIT})?"


# What may follow a bare number that is money: no unit, no thing that is counted.
_ENDS = (
    r"(?=\s*(?:$|[.,;:!?)\n，。；！？、~～]|(?:for|but|and|or|please|with|if|max|maximum|tops|total|ideally|is|all"
    r"|including"
    r"|incl|budget|preferably|on|would|range|at|each|per|as|so|that|although|though|because|thanks|not|no|need|needs"
    r"|from|by|cheers|because|unless|mark|in)\b|[\u3400-\u9fff]))"
)
_NOT_UNIT = (
    r"(?!\s*(?:寸|英寸|厘米|公分|cm|mm|米|公斤|千克|斤|克|g\b|kg|ml|l\b|升|毫升|瓦|w\b|mah|毫安|小时|个|天|日|号"
    r"|年|月|岁|码|平|匹|人|件"
    r"|只|双|条|台|瓶|盒|包|支|片|次|层|度|分|秒|点|线|声道|核|倍|%|％|gb|tb|hz|g内存|万像素|像素|楼|多天|来天))"
)

_MAX_BEFORE = (
    r"under|below|less than|cheaper than|lower than|up to|upto|(?:a )?max(?:imum)?(?: of| is)?|no more than"
    r"|not more than|nothing over|not over"
    r"|at most|within|limit(?: is| of)?|cap(?: is| of|ped at)?|(?:spend|pay|paying|spending) (?:more than|over|above)"
    r"|(?:budget|spend)(?: is| of| max| limit| around it is|[:=])?(?: about)?|can (?:only )?(?:spend|afford"
    r"|go (?:up )?to|stretch to)|stretch to|go to|go up to"
    r"|(?:have|got|with|only) (?:only )?(?:about )?|keep it under|<=?|afford"
)
_MAX_BEFORE_ZH = (
    r"不超过|不要超过|别超过|最多花?|至多|不高于|低于|少于|小于|预算(?:只有|是|在|大概|差不多|就|最多|上限|有"
    r"|控制在|为|改成|提到|降到)?[:：]?|上限|顶多|封顶|控制在|最高|只有|只能出"
    r"|只想花|手头|别过|可以到|能到|加到|提到"
)
_MAX_AFTER = r"\s?(?:or less|or under|or below|max\b|maximum|tops|at most|at the most|budget|limit|to spend)"
_MAX_AFTER_ZH = r"(?:以内|之内|以下|内(?!存|衣|胆|裤)|封顶|到顶|为限|之下|预算)"
_ABOUT_BEFORE = r"around|about|roughly|approx(?:imately)?\.?|circa|somewhere near|near|~|大概|大约|差不多|约"
_ABOUT_AFTER = (
    r"(?:来[块元]|多[块元](?!钱)|\s?(?:or so|ish\b|-ish\b|mark\b|range\b)|左右|上下|出头|价位|档|的样子|价格带"
    r"|预算左右)"
)
_MIN_BEFORE = r"over|above|more than|at least|from|minimum(?: of| is)?|starting at|upwards of"
_MIN_BEFORE_ZH = r"不低于|不少于|不小于|至少|起码|最少|高于"
# What a delivery or an order begins with (起送, 起订) is no wish, and 一起 is "together".
_MIN_AFTER = (
    r"(?:以上|往上|起步|(?<!一)起(?![送订批购发拍租投卖售码床来身飞])|\+"
    r"|\s?(?:or more|and up(?:wards?)?|and above|or above|plus\b|up(?:wards?)?\b))"
)
_TO = r"\s?(?:-|–|—|~|～|to|and|or|到|至)\s?"
_NOT = re.compile(
    r"(?:not|no|nothing|never|don't want|do not want|n't|不|别|不要|不想|不能|没)\s?"
    r"(?:to )?(?:spend |pay |go |anything )?$"
)
_REFUSED = (
    r"(?:(?:want|need|like|buy|take|consider|show me|send me|suggest|recommend|spend|spending|pay|paying|go|going) )"
)
# "Nothing under 80" is a wish, "there is nothing under 80" a complaint about its absence, and "why not under 80?" asks
# for it. After a bare "no" only a comparison is refused: "no, under 80" is often written without the comma.
_NOT_LESS = re.compile(
    rf"(?<!if )(?<!why )(?<!or )(?:\bnot |\bnever |\b[a-z]+n['’]t |\bnothing ){_REFUSED}?(?:to )?{_REFUSED}?"
    r"(?:(?:anything|any|one|ones|something|things?|it) )?$|(?:不要?|别|不想要?|不能|不会|不考虑|勿)$"
)
_NO_CHEAPER = re.compile(r"\bno $")
_NONE_THERE = re.compile(
    r"\b(?:there(?:['’]s| is| was|)|find|found|see|saw|have|has|had|got|get|sells?|stock|carry|is|are|was)"
    r" nothing $"
)
_LESS = re.compile(r"under|below|(?:less|cheaper|lower) than|低于|少于|小于")
_COMPARES = re.compile(r"(?:less|cheaper|lower) than")
_REFUSES_AFTER = re.compile(r"的?(?:我|就|都|也)*(?:不要(?!超过)|不考虑|不看|不想要|不买|别(?!超过|的)|免谈)")

_RANGE = re.compile(_one("1") + _TO + _one("2") + rf"(?P<after>{_ABOUT_AFTER})?")
_SPOKEN_RANGE = re.compile(r"(?P<pair>[一二两三四五六七八九]{2})(?P<scale>[十百千万])(?P<unit>" + _UNIT + r")?")
_SPOKEN_AFTER = re.compile(r"的|以内|左右|价位|档|预算|$|[，。,！!？?]")
_SINGLE = re.compile(
    rf"(?:(?P<max>\b(?:{_MAX_BEFORE})|(?:{_MAX_BEFORE_ZH}))|(?P<about>(?:\b|(?<=[\u3400-\u9fff]))(?:{_ABOUT_BEFORE}))"
    rf"|(?P<min>\b(?:{_MIN_BEFORE})|(?:{_MIN_BEFORE_ZH})))?\s?"
    + _one("")
    + rf"(?:(?P<max_after>{_MAX_AFTER}|{_MAX_AFTER_ZH})|(?P<about_after>{_ABOUT_AFTER})|(?P<min_after>{_MIN_AFTER}))?"
)
_BUDGET_WORD = re.compile(r"budget|spend|price|pay|cost|cheap|预算|价|花|块|元")
# A number that tells what something cost, or what is taken off.
_LEAST_BARE = 5.0
# Quantities are small, and what is stored comes in powers of two.
_LEAST_BARE_MINIMUM = 20.0
_STORED = frozenset({16, 32, 64, 128, 256, 512, 1024})
_FIRM = re.compile(r"at least|minimum|不低于|不少于|至少|起码|最少")
_UP = re.compile(r"\s?up")
_OTHER_MINIMUM = re.compile(
    r"\b(?:battery|storage|memory|ram|rated|rating|ratings|score|scored|reviews?|aged?|kids?|children|size|capacity"
    r"|screen|quantity|pack|packs|set|sets|spf|uv|power|lasts?|lasting|holds?|holding|fits?|fitting|weigh\w*|resolution"
    r"|refresh|speed|need|needs|order|ordering|buying|serves?|seats?|in|some(?:one|body)|person|people|wom[ae]n|m[ae]n"
    r"|girls?|boys?|is|are|am|be)\W{1,2}(?:(?:of|is|for|has|with|be|me|us|rate) )?$|['’](?:s|m|re) $"
    r"|(?:评分|好评|销量|电量|续航|内存|存储|身高|体重|年龄|数量|分辨率|刷新率|功率|容量|尺寸|重量|速度|转速)(?:要|得|是|在|有)?$"
)
_COUNTED_ZH = re.compile(
    r"\s?(?:张|粒|颗|袋|卷|抽|根|把|本|套|箱|桶|杯|碗|份|组|排|家|位|名|场|页|部|辆|座|间|朵|串|步|趟|圈|遍|轮|级|星|帧|赫兹|流明)"
)
_LOOSE = re.compile(r"have|got|with|only|near|from|limit|go to|cap")
_YEAR = re.compile("(?:19[5-9]|20[0-4])[0-9]")
_NO_LIMIT = re.compile(
    r"(?:paid|cost(?:s|ed)?(?: me)?|was|were|bought (?:it |them )?for|sold (?:it )?for|worth|save|saved|off"
    r"|discount|after|order)\s?$"
    r"|(?:花了|卖|原价|省了?|减|满|立减|优惠|涨到?|便宜了?|贵了?|降了?)\s?$"
)
_OFF_AFTER = re.compile(
    r"\s?(?:off\b|% |less than|cheaper|more (?:than|expensive)|discount|voucher|coupon|gift card)|优惠|的券|减"
)


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound on the price: code points of the folded text, least and most (None: open), currency or None."""

    start: int
    end: int
    minimum: float | None
    maximum: float | None
    currency: str | None


def amount(written: str) -> float | None:
    """The number that digits, English words or Chinese characters write; None where they write none."""
    text = written.strip().replace(",", "")
    if text[:1].isdigit():
        match = re.match(r"(\d+(?:\.\d+)?)\s?(k|grand|千|万|百|w)?(\d)?", text)
        if match is None:
            return None
        scale = {"k": 1e3, "grand": 1e3, "千": 1e3, "万": 1e4, "w": 1e4, "百": 100.0}.get(match[2] or "", 1.0)
        return float(match[1]) * scale + (float(match[3]) * scale / 10 if match[3] else 0.0)
    return _han(text) if text[:1] in _HAN else _english(text)


def _english(text: str) -> float | None:
    total, current = 0.0, 0.0
    for word in re.split(r"[ -]", text):
        if word == "and":
            continue
        if word == "a":
            current = 1.0
        elif word in _SMALL or word in _TENS:
            current += _SMALL.get(word, 0) or _TENS.get(word, 0)
        elif word == "hundred":
            current = (current or 1) * 100
        elif word in {"thousand", "grand"}:
            total, current = total + (current or 1) * 1000, 0.0
        else:
            return None
    return total + current or None


def _han(text: str) -> float | None:
    """``一千五`` is 1,500, ``两万`` 20,000."""
    total, digit, last = 0.0, None, 1
    for char in text:
        if char in _SCALES:
            scale = _SCALES[char]
            if scale == 10_000:
                total, digit = (total + (digit or 0) or 1) * scale, None
            else:
                total, digit = total + (1 if digit is None else digit) * scale, None
            last = scale
        else:
            digit = _DIGITS[char] if digit in (None, 0) else digit * 10 + _DIGITS[char]
            last = 1 if char in "零〇" else last
    if digit is not None:
        total += digit * (last // 10 if last > 1 and text[-2:-1] in _SCALES else 1)
    return total or None


def bounds(folded: str, *, query: bool, chinese: bool) -> Iterator[Bound]:
    """What bounds the price in ``folded`` text, in order, none overlapping.

    Args:
        query: whether the text is a search, in which an amount with a currency alone is a price to look around.
    """
    taken: list[tuple[int, int]] = []
    found = [*_ranges(folded, chinese=chinese)]
    taken = [(one.start, one.end) for one in found]
    for match in _SINGLE.finditer(folded):
        if any(match.start() < end and start < match.end() for start, end in taken):
            continue
        bound = _single(match, folded, query=query, chinese=chinese)
        if bound is not None:
            found.append(bound)
    yield from sorted(found, key=lambda one: one.start)


def _ranges(folded: str, *, chinese: bool) -> Iterator[Bound]:
    for match in _SPOKEN_RANGE.finditer(folded):
        low, high = (_DIGITS[char] * _SCALES[match["scale"]] for char in match["pair"])
        before, after = folded[max(0, match.start() - 8) : match.start()], folded[match.end() : match.end() + 4]
        spoken = match["unit"] or _SPOKEN_AFTER.match(after) or _BUDGET_WORD.search(before)
        if low + _SCALES[match["scale"]] == high and spoken and not re.match(_NOT_UNIT[3:-1], after):
            yield Bound(*match.span(), low, high, _currency(None, match["unit"], chinese=chinese))
    for match in _RANGE.finditer(folded):
        low_, high_ = amount(match["amount1"]), amount(match["amount2"])
        if low_ is None or high_ is None:
            continue
        if match["amount2"].strip().endswith(("k", "千", "万", "w")) and low_ < 100 and high_ >= 1000:
            low_ *= 1000 if match["amount2"].strip()[-1] in "k千" else 10_000
        signs = [match[name] for name in ("sign1", "sign2", "unit1", "unit2") if match[name]]
        scaled = any(match[name].strip()[-1:] in "k千百万w" for name in ("amount1", "amount2"))
        before = folded[max(0, match.start() - 14) : match.start("amount1")].rstrip("£$€¥￥ ")
        ends = re.match(_ENDS, folded[match.end() :]) and not re.match(_NOT_UNIT[3:-1], folded[match.end() :])
        about = _BUDGET_WORD.search(before) or match["after"] or before.endswith("between") or scaled
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        if low_ < high_ and (signs or (ends and about)):
            sign = match["sign1"] or match["sign2"]
            unit = match["unit1"] or match["unit2"]
            yield Bound(start, match.end(), low_, high_, _currency(sign, unit, chinese=chinese))


def _single(match: re.Match[str], folded: str, *, query: bool, chinese: bool) -> Bound | None:
    value = amount(match["amount"])
    start, end = match.start() + len(match[0]) - len(match[0].lstrip()), match.end()
    before = folded[max(0, start - 22) : start]
    money = match["sign"] or match["unit"]
    if value is None or value < 1 or _NO_LIMIT.search(before) or _OFF_AFTER.match(folded, end):
        return None
    if not money and not _is_price(match, folded, value, before):
        return None
    currency = _currency(match["sign"], match["unit"], chinese=chinese)
    if match["min"] or match["min_after"]:
        negated = _NOT.search(before) or _REFUSES_AFTER.match(folded, end)
        return Bound(start, end, None, value, currency) if negated else Bound(start, end, value, None, currency)
    about = match["about"] or match["about_after"]
    limit = match["max"] or match["max_after"]
    refused = _less_refused(match, folded, start, end)
    if refused is not None:
        return Bound(*refused, value, None, currency)
    if about or (query and money and not limit):
        return Bound(start, end, round(value * ABOUT_LOW, 2), round(value * ABOUT_HIGH, 2), currency)
    return Bound(start, end, None, value, currency) if limit else None


def _less_refused(match: re.Match[str], folded: str, start: int, end: int) -> tuple[int, int] | None:
    """Where it is refused that something costs less: "nothing under 80", "80以下的不要"; None where it is not."""
    below = _LESS.match(match["max"]) if match["max"] else match["max_after"] == "以下"
    if not below:
        return None
    after = _REFUSES_AFTER.match(folded, end)
    if after is not None:
        return start, after.end()
    before = folded[max(0, start - 40) : start]
    bare_no = _NO_CHEAPER.search(before) if match["max"] and _COMPARES.match(match["max"]) else None
    refused = _NOT_LESS.search(before) or bare_no
    if refused is None or _NONE_THERE.search(before):
        return None
    if refused[0].startswith("nothing") and folded[end:].lstrip().startswith("?"):
        return None  # as "is there nothing under 80?"
    return start - len(before) + refused.start(), end


def _is_price(match: re.Match[str], folded: str, value: float, before: str) -> bool:
    """Whether a number without a currency is a price, by the words around it."""
    rest, written = folded[match.end() :], match["amount"].strip()
    side = match["max_after"] or match["about_after"] or match["min_after"]
    said = match["max"] or match["about"] or match["min"] or side
    counted = re.match(_NOT_UNIT[3:-1], folded[match.end("amount") :]) or not (side or re.match(_ENDS, rest))
    inside_word = re.search(r"[a-z0-9]-?$", folded[: match.start("amount")][-1:])
    if counted or inside_word or said is None or value < _LEAST_BARE or (written[0] in _HAN and len(written) == 1):
        return False
    if _BUDGET_WORD.search(before + match[0] + rest[:20]):
        return True
    # Such words say as much of other numbers, and a year is one.
    year = not (match["max"] or side) and _YEAR.fullmatch(written)
    if match["min"] or match["min_after"]:
        return not year and _is_least(match, rest, value, before)
    return not _LOOSE.match(said) and not year


def _is_least(match: re.Match[str], rest: str, value: float, before: str) -> bool:
    """Whether a bare number is the least that something may cost, not the least of anything else."""
    firm = match["min_after"] or _FIRM.match(match["min"])
    if match["min_after"] and _UP.match(match["min_after"]):
        firm = match["min"] == "from"
    small = value < (_LEAST_BARE if match["min_after"] else _LEAST_BARE_MINIMUM) or value in _STORED
    other = _OTHER_MINIMUM.search(before) or _COUNTED_ZH.match(rest) or not re.match(_ENDS, rest)
    return bool(firm) and not small and not other


def _currency(sign: str | None, unit: str | None, *, chinese: bool) -> str | None:
    if sign and sign.strip() in _SIGNS:
        return _SIGNS[sign.strip()]
    if unit and unit.strip() in _UNITS:
        return _UNITS[unit.strip()]
    return "CNY" if chinese else None
