"""The words around a mention that say how it is meant, and the words for prices, devices and recipients.

All patterns are for folded text. Those named ``..._AFTER`` look at what follows a mention, the others at what comes
before it in its clause.
"""

from __future__ import annotations

import re

from purchase_agent.predictors import need_words as words
from purchase_agent.predictors.shelf_words import KIND_NAMES, PROPERTY
from purchase_agent.predictors.subject_words import ENGLISH_STOP

CLAUSE = re.compile(
    r"[.;!?\n,，。；！？：:]|\b(?:but|just|although|though|however|prefer(?:ably)?)\b|但是?|不过|而是|只要|就要"
    r"|还是要|我要"
)
NOT_ENGLISH = re.compile(
    r"(?:\b(?:not|no|non|without|never|avoid(?:ing)?|anything but|except(?: for)?|other than|apart from|hates?|hated"
    r"|dislikes?|exclud(?:e|ing)|sick of|fed up with|clear of|allergic to|instead of|rather than|rule out"
    r"|forget(?: about)?|skip|no longer want|any(?: [\w']+){1,2} but|can't stand"
    r"|alternatives? to|no more)\b|n't\b)(?:[\s-]+(?!to be\b)[\w']+){0,4}?[\s\"'-]*$"
)
NOT_CHINESE = re.compile(
    r"(?:(?<!要)不要|(?<!特)(?<!区)(?<!类)别(?!的|人|墅|致)|不想要?|不喜欢|讨厌|不考虑|不买|除了|避开|排除|拒绝"
    r"|不能有|不能是|不含|不带"
    r"|(?<!有)没有|(?<!是)不是|受不了|不接受|再也不|不选|唔要|拉黑|踩过雷|不可以有|不爱|千万别"
    r"|别[要买选给])[^要想]{0,8}$|[无非]$"
)
NOT_AFTER_ENGLISH = re.compile(
    r"\s*(?:(?:is|are|was)\s+(?:not for me|out|a no|no good|excluded|a dealbreaker|terrible|rubbish|awful"
    r"|too (?:expensive|dear|pricey))"
    r"|(?:isn't|aren't) for me|never again|irritates|gives me|breaks me out|makes me itch|no thanks)"
)
NOT_AFTER_CHINESE = re.compile(
    r"(?:的|牌子|家的?|款)?(?:都|也|就|我|先|暂时)*(?:(?:不要|不行|不考虑|除外|就?算了|不喜欢|不想要|免谈|不买"
    r"|pass|过敏|不太行|用不惯|踩过雷|太差|太贵)(?=$"
    r"|[了啦吧，。,.！!？? ]))"
)
NEITHER = re.compile(
    r"(?:not sure (?:if|about|whether)|don't (?:know|mind|care|need)|doesn't (?:matter|have to|need)"
    r"|no need (?:for|to be)"
    r"|not necessarily|not fuss(?:ed|y)|needn't|wondering (?:if|whether)|(?:it|they|this|these|mine|one"
    r"|ones) (?:is|are|was|were)(?:n't| not)"
    r"|不介意|不在乎|无所谓|不确定|不知道|不一定|不挑|不需要|不用)[^,，。.;；]{0,16}$"
)
NEITHER_AFTER = re.compile(
    r"\s*(?:doesn't matter|don't matter|isn't important|not important|都行|都可以|无所谓|不重要|随便)"
)
NOT_NEGATION = re.compile(
    r"(?:nothing but|not only|not just|why not|not bad|no problem|no worries|not to mention|没问题)[^,]*$"
)
OWNED = re.compile(
    r"(?:\b(?:my|our|his|her)(?: old| current| previous| last| existing)?(?: [\w'-]+)?|\b(?:i|we)(?: already"
    r"| currently)? (?:have|own|had|use|used)"
    r"(?: to have)?(?: an?| the| my| some)?(?: old| \w+)?|\bi've got (?:an? |the )?(?:\w+ )?|(?:replac(?:e|es|ing)"
    r"|upgrad(?:e|ing) from|switch(?:ing)? from|coming from|moving from)"
    r"(?: an?| the| my| our| old)*|\bold)\s*$"
    r"|(?:我的|我家的?|家里的?|现在(?:用的|的)?是?|现在用着?|之前(?:的|用的|买的)?是?|以前(?:的|用的)?是?"
    r"|原来(?:的|用的)?|旧的?|老的|上一[个台双款]|手上的?|用的是"
    r"|已经有(?:了|一个|一台)?)[^，。,.；;]{0,3}$"
)
COMPARED = re.compile(
    r"(?:\bthan|\bsimilar to|\bas good as|\bcompared (?:to|with)|\b(?:just|exactly|looks?|feels?) like (?:the|a|an"
    r"|my)|\bdupe (?:for|of))(?: the| an?| my)?\s*$"
    r"|(?:比|像|类似|跟|仿)[^，。,.要]{0,2}$"
)
INSISTS = re.compile(r"非$")
INSISTED = re.compile(r".{0,6}?(?:不买|不可|莫属|不要)")
LIST = re.compile(r"\s*(?:(?:[,/、&]|\band\b|\bor\b|\bnor\b|和|或者?|跟|与|以及|还有)\s*)+(?:a |an |the )?(?:也)?\s*")

LIST_GOES_ON = re.compile(r"(?:\s*,\s*[\w' -]{1,20}){0,3}\s*,?\s*\b(?:or|and|nor)\b")

CHEAP = re.compile(
    r"\b(?:cheap(?:er|est|ish)?|affordable|inexpensive|low cost|budget[- ]friendly|budget (?!is|of|max|around"
    r"|about|under|for|[:=]|[£$€0-9])(?=[a-z])|on a budget"
    r"|tight budget|good value|value for money|bargain|too (?:expensive|pricey|dear)|(?:not"
    r"|nothing) too (?:expensive|pricey|fancy)|best price|lowest price)\b"
    r"|便宜|实惠|性价比|平价|省钱|经济型|白菜价|好价|太贵|不要太贵|别太贵|学生党|入门款|划算"
)
PREMIUM = re.compile(
    r"\b(?:money (?:is )?no object|price (?:is )?no object|premium|high[- ]end|top of the (?:line|range)|luxury"
    r"|best money can buy)\b|高端|旗舰|不差钱|贵点没关系|高档|奢华"
)
AGAIN = re.compile(
    r"\b(?:(?:the )?same (?:one|ones|again|as (?:last time|before|usual))|(?:my |the )?usual(?: one)?"
    r"|re-?order(?:ing)?|buy(?:ing)? (?:it |them )?again|re-?stock"
    r"|refill|(?:run|ran|running) (?:out|low)|used up|almost out|nearly out|top up)\b"
    r"|回购|再买一?|再来一|又用完|用完了|快没了|见底|补货|囤|老样子|还要那|跟上次一样|和上次一样|老款式"
)

_DEVICE_NAMES = (
    r"iphone|ipad|macbook|airpods|apple watch|galaxy|pixel|kindle|switch|ps5|xbox|surface|thinkpad|苹果|华为|小米"
    r"|红米|三星"
    r"|荣耀|oppo|vivo"
    r"|dyson|戴森|nespresso|hp|officejet|envy|canon|pixma|epson|brother|gopro|roomba|roborock|oral-b|tesla|特斯拉|dell"
    r"|lenovo|matebook|mate|redmi|model"
)
_MODEL = (
    r"(?:\s?(?:pro|max|plus|ultra|mini|air|se|fold|flip|note|paperwhite|oled|lite|series|ecotank|mate|pura|nova|x"
    r"|s|v|a|p|m|z|y|g|k|wf|xp|mg|ts)?-?\s?\d{1,5}[a-z]{0,3}"
    r"|\s(?:pro|max|plus|ultra|mini|air|se|lite|paperwhite|oled|fold|flip)\b)(?:\s?(?:pro|max|plus|ultra|mini|air"
    r"|se|lite|fe)(?![a-z]))*"
)
DEVICE = re.compile(
    rf"(?<![a-z])(?:{_DEVICE_NAMES})(?:(?:\s(?:galaxy|officejet|envy|pixma|ipad|mate|ecotank))?{_MODEL})"
)
FOR = re.compile(
    r"(?:\b(?:for|fits?|fitting|compatible with|works? with|work with|goes on|to go with|with|on)(?: my| the| an?"
    r"| our| his| her)?(?: apple| samsung| google)?"
    r"|适用于?|适配|兼容|配我?的?|给我?的?|装在|用在)\s*$"
)
ACCESSORY = re.compile(
    r"(?:\s?(?:pro|max|plus|用的|的|专用)*)\s*(?:手机)?(?:case|cover|charger|cable|screen protector|strap|band|sleeve"
    r"|stand|holder|dock|mount|ink|cartridge|toner|filter|bag|pods?|battery|brush|lens|remote|controller"
    r"|壳|膜|套|保护|表带|充电|数据线|支架|墨盒|硒鼓|滤网|滤芯|电池|配件|钢化|贴膜|收纳|转接|脚垫|坐垫)"
)
CASE = re.compile(r"(?:\s?(?:用的|的|专用))*\s?(?:手机)?(?P<case>cases?\b|covers?\b|壳|套)")
CASE_BEFORE = re.compile(
    r"\b(?P<case>cases?|covers?) (?:for|that fits|to fit|fits?)(?: my| the| an?)?(?: apple| samsung| google)?\s*$"
)
CASE_KIND = KIND_NAMES.index("phone case")
_RECIPIENT_ENGLISH = (
    r"\b(?:for|gift for|present for|to give)(?: to)?(?: my| our| his| her| the| an?)?(?: [\w-]+)?(?: (?:\d{1,2}"
    r"|\w+)[- ]year[- ]old)?(?: little| new| best| young)? "
)
GENERAL = frozenset(ENGLISH_STOP.split()) | frozenset(
    [
        "next",
        "on",
        "gap",
        "boss",
        "bear",
        "tiger",
        "giant",
        "honor",
        "honour",
        "vans",
        "mac",
        "coach",
        "citizen",
        "puma",
        "on",
        "target",
    ]
)


EXCEPT = re.compile(r"\b(?:anything|nothing|everything|any(?: [\w']+){1,2})\s$")


def _recipients() -> re.Pattern[str]:
    english, chinese = [], []
    for number, line in enumerate(words.RECIPIENTS.strip().splitlines()):
        audience, one, other = (part.strip() for part in line.split("|"))
        english.append(rf"(?P<{audience}_{number}_en>(?:{'|'.join(word.strip() for word in one.split(','))})s?\b)")
        chinese.append(rf"(?P<{audience}_{number}_zh>{'|'.join(word.strip() for word in other.split(','))})")
    # "mother in law" before "mother"
    return re.compile(
        rf"{_RECIPIENT_ENGLISH}(?:{'|'.join(english[::-1])})"
        rf"|(?:给|送|帮|替)(?:我|她|他|家里?)?的?(?:{'|'.join(chinese[::-1])})"
    )


RECIPIENT = _recipients()
BARE_SIZE = re.compile(
    r"(?<![\w.,£$€¥-])(?P<number>[2-6][0-9](?:\.5)?)(?![\w.,%]*[\d%])(?!\s?[a-z]{1,5}\b(?<!\bplease))(?![a-z0-9])"
    r"|\bin (?:an? )?(?P<letter>xs|s|m|l)\b"
)
ALWAYS_WANTED = frozenset({"budget", "cheap", "premium", "again", "recipient"})
"""What bounds a price says itself whether it is a limit from above or below."""
AUDIENCES = {one.name: one.number for one in PROPERTY if one.family == "audience"}
