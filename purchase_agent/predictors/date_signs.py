"""The words around a time that decide whether and how it speaks of the author's purchase. All on folded text."""

from __future__ import annotations

import re


def _words(*pieces: str) -> re.Pattern[str]:
    return re.compile("|".join(pieces))


def _english(words: str) -> str:
    return rf"\b(?:{words})\b"


SENTENCE = re.compile(r"[.!?。！？;；\n]+(?=\s|$|[^\x00-\x7f])|\n")
CLAUSE = re.compile(r"[,，、:：()（）—–]| - ")

INTENDS = _words(
    _english(
        r"i'?ll|we'?ll|will|gonna|going to|want|need|plan(?:ning)?|buy(?:ing)?|order(?:ing)?|get(?:ting)?|pick(?:ing)?"
        r"|collect(?:ing)?|grab(?:bing)?|purchas(?:e|ing)|check ?out|pay(?:ing)?|must|shall|i'?d|wait(?:ing)?"
        r"|sav(?:e|ing)|decid(?:e|ing)|treat|upgrad(?:e|ing)|stock(?:ing)? up|come|coming|take|book|reserve|happening"
        r"|mine|deliver\w*|arrive|ship\w*|looking"
    ),
    r"[买要想再付拍订定囤补续换拿收送等蹲抢冲就办上赶]|下单|入手|打算|准备|剁手|安排|发货|到货",
)
BUYS = _words(
    _english(
        r"buy(?:ing)?|order(?:ing)?|get(?:ting)?|pick(?:ing)?|collect(?:ing)?|grab(?:bing)?|purchas(?:e|ing)|check ?out"
        r"|pay(?:ing)?|i'?m coming|com(?:e|ing) (?:in|by|back|over|round|for)|i'?ll (?:come|take|have)|book(?:ing)?"
        r"|payday|sale|decid(?:e|ing)|happening|mine"
    ),
    r"[买付拍订定囤补续换拿取提抢冲办]|下单|入手|剁手|再说|再来|再看|下手|安排|去店里",
)
HEDGES = _words(
    _english(r"maybe|might|perhaps|possibly|if|probably|thinking|not sure"),
    "可能|也许|或许|考虑|如果|要是|看情况|说不定",
)
PAST = _words(
    _english(
        r"yesterday|ago|last|bought|got(?! to)|received|arrived|came|ordered|wore|was|were|had|did|didn'?t|went|used"
        r"|returned|since|purchased|tried|saw|told|gave|been|gone|worn|fell|said|landed|opened|broke|found|started"
        r"|noticed|switched|moved|decided|took|made"
    ),
    "昨|[上去]周|去年|上个?月|刚|当时|之前|收到|到货了|到了|买的|买了|下的单|拍的|用了|穿了|入的|购入|送来|退了|才到",
    r"(?:了|过(?![年完了两几段阵]))(?:$|[^吧再])",
)
HAPPENED = _words(PAST.pattern, r"\b(?!need|speed|feed|exceed|wed|bed|red)\w{2,}ed\b", "不买|没[买定]")
"""As ``PAST``, and wider: enough where a day is the present one or a count of days may have passed."""
FUTURE = _words(
    _english(r"will|'ll|gonna|going to|want|need|plan|by|before|until|till|next|wait\w*|buying|ordering"),
    "要|想|打算|准备|等|再|之前|去(?!年)|就[买下付来去入冲换订]",
)
OTHER = _words(
    r"\b(?:he|she|they|my (?:mum|mom|dad|wife|husband|friend|brother|sister|son|daughter|boss|mate)|everyone|people)"
    r"(?:'s|'re|'ll| is| are| will| wants?| plans?)? (?:gonna |going to |to )?(?:buy|get|order|purchas|pick)",
    "(?:他|她|他们|朋友|同事|老公|老婆|别人|室友|闺蜜|老板)(?:说|也)?.{0,6}?(?:要|会|想|打算|准备)(?:去)?"
    "(?:买|下单|入手|换|订)",
)
"""Somebody else buys."""

NEGATED = re.compile(
    r"(?:\b(?:not|never)(?: (?:on|in|for|this))?"
    r"|\b(?:won'?t|not|don'?t|can'?t|isn'?t|never|no)\b(?: \w+){0,2} (?:buy|buying|order|get|need|want|happen\w*)"
    r"(?: \w+){0,3}(?: (?:on|in|for))?"
    r"|(?:不|没|别)(?:想|会|打算|准备|要|用|着急)?(?:在|等|过|是|买|凑|到)?)\s*$"
)
"""Before the time."""
NEGATED_AFTER = _words(
    r"^\s*(?:is |are )?(?:off|cancelled|not happening|not going to happen)\b",
    r"^.{0,4}(?:不|没)(?:打算|想|会|准备|需要)?(?:买|换|入|凑|过|下单|考虑)",
)
"""After it."""

BY = re.compile(r"\b(?:by|no later than|in time for|latest)(?: the)?(?: \w+ of)?\s*$")
BEFORE = re.compile(r"\bbefore(?: the)?(?: \w+ of)?\s*$")
BEFORE_ZH = re.compile(r"^节?(?:之前|以前|前(?!天|年|后|面|台))")
UNTIL = re.compile(r"\b(?:until|till|til)\s*$")
FOR = re.compile(r"\bfor(?: the| this| next)?\s*$")
AFTER = re.compile(r"\bafter(?: the)?\s*$")
AFTER_ZH = re.compile(r"^节?(?:之后|以后|过后|后(?!天|年|面|台)|完|过完|结束)")
OVER_ZH = re.compile(r"过完?\s*$")
AWAITS = _words(
    r"\b(?:not|wait\w*|hold\w*|save|park\w*|leave|sit\w*|stay\w*|nothing|can'?t)\b[^.]{0,30}"
    r"\b(?:until|till|til|for|before)\s*$",
    r"(?:等|蹲|攒到|留到|放到|拖到|撑到|等到|到)[个了着下]?\s*$",
)
"""Before the time: the purchase is put off to it."""

NEEDED_BY_THEN = _words(
    _english(r"arrive\w*|deliver\w*|here by|reach|in time|ready|ship\w*|dispatch\w*"),
    "来得及|赶得?[上在]|送到|能到|到得了|寄到|到货|收到|收得到|要用",
)
EVENT = _words(
    _english(
        r"birthday|b-?day|bday|wedding|party|trip|flights?|fly|flying|holiday|vacation|interview|exam|race|marathon"
        r"|camp\w*|moving|move in|due|christening|funeral|prom|graduation|anniversary|starts?|guests?|leav(?:e|ing)"
        r"|travel\w*|lease|concert|festival|baptism|school|term|job|event|dinner|proposing|gig|conference"
    ),
    "生日|婚礼|结婚|面试|考|旅[行游]|出差|搬家|预产|满月|百天|出发|飞机|入职|比赛|聚会|开学|露营|见家长|典礼|演出|年会|周年"
    "|纪念日|报到|上课",
)
SALE = _words(
    _english(r"sales?|deals?|discounts?|offers?|promos?|price|cheaper|bargains?"),
    "活动|打折|折扣|降价|大促|优惠|便宜|促销|清仓|满减|好价|特价",
)
PAYDAY = _words(
    r"\bpay ?days?\b|\bget(?:ting)? paid\b|\bpay ?che(?:ck|que)s?\b|\bsalary (?:comes|lands|arrives|hits)",
    r"\bwages? (?:clear|land|come|arrive|hit|on)s?\b",
    "发薪日?|发工资|工资一?(?:到账|到|下来|发|来)|出粮|发钱|领工资|开工资|薪水[到发下]",
)
CONSUMED = _words(_english(r"left|runs? out|last"), "够[吃用喝]|只剩|还剩|剩下|见底")
