"""Which words of time a text holds: the reasons told beside a timing. They explain it, they do not make it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from purchase_agent.labels import TimingReason

_SIGNS: tuple[tuple[TimingReason, re.Pattern[str]], ...] = (
    (
        "payday",
        re.compile(
            r"发薪|发工资|工资[一到下发]|薪水|奖金|年终奖|出粮"
            r"|pay ?day|pay ?che(?:ck|que)|get paid|got paid|bonus|salary",
            re.IGNORECASE,
        ),
    ),
    (
        "price_drop_wait",
        re.compile(
            r"等.{0,6}(?:降价|打折|活动|便宜|补贴|券|双十一|双11|618|黑五)|降价"
            r"|蹲.{0,4}(?:价|券|活动)|双十一|雙十一|双11|双十二|6\.?18"
            r"|black friday|prime day|cyber monday|boxing day|(?:on|for a|wait\w* .{0,20}|next|the) sale\b"
            r"|price (?:drop|comes down)|drops? (?:in|below|to)|discount|clearance",
            re.IGNORECASE,
        ),
    ),
    (
        "replenishment_cycle",
        re.compile(
            r"用完|吃完|喝完|快没|没了|见底|只剩|囤|补货|回购|续[上订]"
            r"|every (?:month|week|\w+ weeks|\w+ months)|run(?:ning|s)? (?:out|low)"
            r"|ran out|out of (?:my|the)|re-?(?:stock|order|fill)|refill|empty|last (?:one|bottle|bag|box|pack)",
            re.IGNORECASE,
        ),
    ),
    (
        "occasion",
        re.compile(
            r"生日|婚礼|结婚|过年|春节|中秋|国庆|圣诞|情人节|母亲节|父亲节|开学|入职|面试|搬家|旅[行游]"
            r"|出差|毕业|满月|预产期|露营|冬天|夏天|入冬|换季"
            r"|birthday|wedding|christmas|xmas|valentine|mother'?s day|father'?s day|graduation|anniversary|holiday"
            r"|trip|travel|interview|moving|baby|thanksgiving|halloween|back to school|ramadan|diwali|eid"
            r"|winter|summer",
            re.IGNORECASE,
        ),
    ),
    (
        "cart_state",
        re.compile(
            r"购物车|加购|下单|结算|付款|付了|定金|拍下"
            r"|checkout|check out|\bcart\b|basket|place (?:the|an|my) order|pay now",
            re.IGNORECASE,
        ),
    ),
    (
        "stated_date",
        re.compile(
            r"今[天晚日]|明[天日早晚]|后天|下?周[一二三四五六日末]|星期|礼拜"
            r"|下?个?月[底初中]?|下周|本周|这周|这?两天"
            r"|年底|年[前后]|明年|开春|\d+[号日天]|[一二三四五六七八九十]+月"
            r"|马上|立刻|现在就"
            r"|today|tonight|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day|this (?:week|month|weekend)"
            r"|next (?:week|month|year|spring|summer|autumn|fall|winter)|by (?:the )?(?:end|\d+)"
            r"|end of (?:the )?(?:week|month|year)"
            r"|in (?:a|\d+|two|three) (?:days?|weeks?|months?)|right now|asap"
            r"|january|february|march|april|june|july|august"
            r"|september|october|november|december|\b\d{1,2}(?:st|nd|rd|th)\b",
            re.IGNORECASE,
        ),
    ),
)


def reasons(texts: Iterable[str]) -> list[TimingReason]:
    """Reasons whose words occur in any of the texts, in the order of the table above."""
    joined = "\n".join(texts)
    return [reason for reason, pattern in _SIGNS if pattern.search(joined)]
