"""What is personal because the words before it say so: orders, accounts, papers, handles and names."""

from __future__ import annotations

import re

from purchase_agent.redact.given_names import GIVEN_NAMES, PINYIN_SURNAMES
from purchase_agent.redact.view import Hit

_IS = r"(?:\s?(?:is|was|ist|lautet)\b)?"
_MARK = rf"(?:\s?(?:#|no\b\.?|nr\b\.?|num\b\.?|number|id\b|code|ref\b\.?)){{1,2}}{_IS}[\s:#.-]{{0,4}}"
_CODE = r"(?=(?:[A-Za-z-]{0,12}[0-9]){3})[A-Za-z0-9](?:-?[A-Za-z0-9]){2,34}"
_DIGITS = r"[0-9](?:[ -]?[0-9]){5,24}"
_IS_ZH = r"\s?(?:是|为|：|:|＝|=|#)?\s?"

_ORDER_WORD = (
    r"(?<![A-Za-z])(?=[A-Za-z])(?:order|tracking|invoice|shipment|parcel|package|consignment|receipt|transaction"
    r"|booking|reference|ref"
    r"|ticket|rma|awb|waybill|confirmation|delivery|return|bestell|auftrags?|sendungs|rechnungs)-?"
)
_ORDERS = (
    re.compile(rf"(?:{_ORDER_WORD}|(?<![A-Za-z])case){_MARK}(?P<value>{_CODE})", re.IGNORECASE),
    re.compile(
        rf"(?<![A-Za-z])(?:bestell|auftrags?|sendung|sendungs|rechnungs?|rechn)"
        rf"(?:nummer|ung nr\.?| nr\.?){_IS}[\s:#]{{0,3}}(?P<value>{_CODE})",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_ORDER_WORD}{_IS}[\s:]{{0,3}}(?P<value>(?=[A-Za-z-]{{0,5}}[0-9]{{6}}"
        rf"|[0-9]{{3}}-[0-9]{{5}}){_CODE})"
        r"(?![A-Za-z0-9]| ?(?:pieces|pcs|units|items|of|times|x|usd|eur|dollars)\b)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:订单|快递|运单|物流|发票|售后|退货|退款|流水|交易|取件|包裹|提货|面单)(?:单?号码?|编号|单|码)+"
        r"[^A-Za-z0-9，。,;；！？!?\n]{0,6}(?P<value>[A-Za-z]{0,4}[0-9](?:[ -]?[A-Za-z0-9]){3,29})"
    ),
    re.compile(r"(?:订单|单号|快递|运单)\s?(?:是|为|：|:|#|尾号)?\s?(?P<value>[A-Za-z]{0,4}[0-9]{8,30})"),
    re.compile(r"(?:单号|尾号)\s?(?:是|为|：|:|#)?\s?(?P<value>[A-Za-z]{0,4}[0-9]{4,30})"),
    re.compile(r"(?<![0-9-])(?P<value>[0-9]{3}-[0-9]{7}-[0-9]{7})(?![0-9-])"),  # a shop's own form, known by its shape
    re.compile(
        r"(?<![A-Za-z0-9])(?P<value>1Z[0-9A-Z]{16}|(?:SF|YT|JD|ZTO|STO|JT|EMS|DPK|YD|JDVA"
        r"|JDVB)[0-9]{10,15}|[A-Z]{2}[0-9]{9}[A-Z]{2})"
        r"(?![A-Za-z0-9])"
    ),
)
_ACCOUNTS = (
    re.compile(
        r"(?<![A-Za-z])(?=[A-Za-z])(?:account|acct|a/c|routing|sort\scode|membership|member|customer|client"
        r"|loyalty|gift\scard|iban|konto"
        rf"|kundennummer|kontonummer)(?:{_MARK}|{_IS}[\s:#]{{1,3}})(?P<value>(?=[A-Za-z-]{{0,4}}[0-9]){_DIGITS}"
        rf"|[0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}}|(?=[A-Za-z]{{0,4}}[0-9]{{4}}){_CODE})",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:银行卡|储蓄卡|信用卡|会员|账户|帐户|账号|帐号|卡号|开户|对公|礼品卡|支付宝)"
        r"(?:卡?号码?|账号|帐号|账户)?(?:是|为|：|:|\s){0,2}"
        r"(?P<value>[0-9](?:[ -]?[0-9]){5,29}(?![0-9]))"
    ),
    re.compile(r"(?:验证码|动态码|校验码)(?:是|为|：|:|\s){0,2}(?P<value>[0-9]{4,8}(?![0-9]))"),
    re.compile(
        r"(?:(?<![A-Za-z])(?:password|passcode|passwort|one-time code|otp|verification code|pin code is|pin is"
        r"|密码|口令)"
        rf"(?:\s?(?:is|ist)\s|{_IS_ZH}(?<=[是为：:= ]))[\s:]{{0,2}})(?P<value>(?=[!-~]{{0,30}}[0-9])[!-~]{{4,32}})",
        re.IGNORECASE,
    ),
)
_CARDS = (
    re.compile(
        r"(?<![A-Za-z])(?:cvv2?|cvc2?|security code|安全码|卡背面?三位)(?:是|为|：|:|is"
        r"|\s){0,3}(?P<value>[0-9]{3,4})(?![0-9])",
        re.IGNORECASE,
    ),
)
_IDS = (
    re.compile(
        r"(?:身份证|证件)(?:号码?|编号)?(?:是|为|：|:|\s){0,3}"
        r"(?P<value>[0-9](?:[ -]?[0-9]){13,16}[ -]?[0-9Xx]?(?![0-9]))"
    ),
    re.compile(
        (
            rf"(?<![A-Za-z])(?=[A-Za-z])passport(?:{_MARK}"
            rf"|{_IS}[\s:]{{1,3}})(?P<value>(?=[A-Za-z]{{0,2}}[0-9]{{5}})[A-Za-z0-9]{{6,10}}"
            r"|(?-i:[A-Z])(?=(?:[A-Za-z]{0,4}[0-9]){3})[A-Za-z0-9]{7,8}[0-9])(?![A-Za-z0-9])"
        ),
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:护照|通行证|军官证)(?:号码?)?(?:是|为|：|:|\s){0,3}"
        r"(?P<value>[A-Za-z]{0,2}[0-9]{6,9}|(?=(?:[A-Z]{0,4}[0-9]){3})[A-Z0-9]{8,9})(?![A-Za-z0-9])"
    ),
    re.compile(  # of Taiwan and Hong Kong
        r"(?:身[份分][证證]|证件|(?i:taiwan(?:ese)? id|hong ?kong id|hkid|id card))(?:字?[号號]碼?码?| number| no\.?)?"
        r"(?:是|为|為|：|:| is|\s){0,3}(?P<value>[A-Za-z][1289][0-9]{8}|[A-Za-z]{1,2}[0-9]{6}(?:\([0-9Aa]\)|[0-9Aa]))"
        r"(?![A-Za-z0-9])"
    ),
    re.compile(
        r"(?<![A-Za-z])(?=[A-Za-z])(?:ssn|social security|social|nino|national insurance|ni number|national id"
        r"|id card|id number|tax id|driv(?:ing|er'?s?)"
        rf" licen[cs]e|driver'?s? lic|licen[cs]e plate|steuer-id|personalausweis)(?:{_MARK}|{_IS}[\s:]{{1,3}})"
        r"(?P<value>(?=[A-Za-z]{0,4}[ -]?[0-9])[A-Za-z0-9](?:[ -]?[0-9]|[A-Za-z](?![a-z]{2})){4,19})(?![A-Za-z0-9])",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:驾照|驾驶证|行驶证|社保卡?|档案|学号|工号|车架)(?:号码?|编号)?(?:是|为|：|:"
        r"|\s){0,3}(?P<value>[A-Za-z]{0,4}[0-9]{6,18})(?![A-Za-z0-9])"
    ),
)

_WECHAT_ID = r"[A-Za-z][A-Za-z0-9_-]{4,19}|[0-9]{5,11}(?![0-9]|\s?[元块%])"
_SURE_ID = r"(?=[A-Za-z_.-]{0,24}[0-9_])[A-Za-z0-9][A-Za-z0-9_.-]{3,30}[A-Za-z0-9_]"
_HANDLES = (
    re.compile(
        r"(?:(?<![A-Za-z0-9/._-])(?:wechat|weixin|vx|wx|v信|vxin|whats\s?app|qq|kakao|tg|telegram)|微信"
        r"|威信|薇信|徽信|企鹅|扣扣|电报|加v|加微|加我v|加wx)"
        rf"(?:号码?|id|\s?(?:number|handle|name))?(?:\s?(?:是|为|：|:|➕|\+|=)\s?@?|\sis\s@?|\s?@)(?P<value>{_WECHAT_ID})",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:(?<![A-Za-z0-9/._-])(?:wechat|weixin|vx|wx|v信|qq|telegram)|微信|威信|薇信|徽信|企鹅|扣扣|电报|加v|加微|抖音"
        r"|小红书|微博|旺旺|淘宝|闲鱼)(?:号码?|id|名)?"
        rf"[\s，,]?(?P<value>{_SURE_ID}|[0-9]{{6,11}}(?![0-9]|\s?[元块%]))",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:微信|威信|薇信|徽信|抖音|小红书|微博|旺旺|淘宝|闲鱼|企鹅)(?:号码?|id|ID|名|昵称)\s?(?:是|为|："
        r"|:)?\s?(?P<value>[A-Za-z][A-Za-z0-9_-]{3,19})"
    ),
    re.compile(
        r"(?<![A-Za-z0-9/._-])(?=[A-Za-z])(?:line|skype|discord|snapchat|snap|instagram|insta|ig|telegram|tg"
        r"|tiktok|twitter|facebook|fb|signal|ebay|reddit"
        r"|paypal|wechat|kik|viber)(?:\s?(?:id|handle|user(?:name)?|user\sid|account|name"
        r"|@)){1,2}\s?(?:is\b|：|:|=)?\s?@?"
        r"(?P<value>(?!is\b|and\b|for\b|on\b|but\b|to\b|in\b|the\b|or\b|not\b|has\b|was\b|with\b"
        r"|so\b)[A-Za-z0-9][\w.-]{2,31}[A-Za-z0-9_])",
        re.IGNORECASE | re.ASCII,
    ),
    re.compile(
        r"(?<![A-Za-z0-9/._-])(?:my|our|me\son|me\sat)\s(?:line|skype|discord|snapchat|snap|instagram"
        r"|insta|ig|telegram|tg|tiktok|twitter|kik)"
        rf"(?:\s?(?:is\b|：|:)\s?@?|\s@?)(?P<value>{_SURE_ID}|(?<=@)[\w.]{{3,30}})",
        re.IGNORECASE | re.ASCII,
    ),
    re.compile(r"(?<![\w.])(?P<value>(?:t\.me|wa\.me|m\.me)/\+?[A-Za-z0-9_]{4,32})"),
    re.compile(
        r"(?<![A-Za-z0-9/._-])(?:user ?name|screen ?name|login)(?:\s?(?:is\b|："
        r"|:)\s?)@?(?P<value>[A-Za-z0-9][\w.-]{2,30}\w)",
        re.IGNORECASE | re.ASCII,
    ),
    # Bare: with a digit or a line in it, for "@nike" speaks to a shop; so does its support, and "@iphone15" of a thing.
    re.compile(
        r"(?<![\w@./+-])@(?!(?i:iphone|ipad|macbook|galaxy|pixel|rtx|gtx|ps[345]|xbox|switch|gpt))"
        r"(?![A-Za-z0-9.]+_(?i:support|store|official|help|helps|care|shop|depot)(?![\w]))"
        r"(?P<value>(?=[A-Za-z.]{0,29}[0-9_])[A-Za-z_][A-Za-z0-9_.]{2,28}[A-Za-z0-9_])(?![\w@])"
    ),
    re.compile(r"(?:用户名|会员名|昵称)(?:是|为|：|:)\s?(?P<value>[A-Za-z0-9_\u4e00-\u9fff-]{2,20})"),
)

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田"
    "任姜范石姚谭廖邹熊金陆郝孔崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚樊兰殷施陶翟安颜倪严牛温芦季俞章鲁葛"
    "伍韦申尤毕聂焦向柳邢路岳梅庄辛管左涂祝曲柯欧司闫裴霍翁甄楚简娄"
)
_NOT_NAMED = "我你您他她它们的了是在有和跟与来去买要想到给说过这那就还都也不没吗呢吧啊呀想请麻喜住今看问因"
_GIVEN = rf"[^\W\d_a-zA-Z{_NOT_NAMED}]"
_AFTER_NAME = rf"(?=[\s，。,.;；！!?？、~…（(\d+]|[{_NOT_NAMED}]|电话|手机|收|先生|女士|小姐|\Z)"
_COMPOUND = "欧阳|司马|上官|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|长孙|宇文"
_CHINESE_NAME = (
    rf"(?:(?:{_COMPOUND}){_GIVEN}{{1,2}}|[{_SURNAMES}]{_GIVEN}{{1,2}}?(?:{_AFTER_NAME})|[{_SURNAMES}]{_GIVEN}{{1,2}})"
)
_NO_WORD = (
    "on|in|at|is|and|but|or|not|the|a|an|to|for|of|from|with|so|i|it|my|misspelled|spelled|wrong"
    "|missing|written|printed|showing|by"
    "|too|all|also|here|there|this|that|please|because|if|as|has|was|needs|should|will|can|under"
    "|already|now|just|very|correct|you|we|are|be|who|which|order|size|number"
)
_CAPS = r"[A-Z][\w'’.-]{0,24}(?: (?:(?:van|von|de|der|den|da|di|la|al|bin|mac) ){0,2}[A-Z][\w'’.-]{0,24}){0,3}"
_SMALL = rf"(?!(?:{_NO_WORD})\b)[a-z][a-z'’-]{{1,24}}(?: (?!(?:{_NO_WORD})\b)[a-z][a-z'’-]{{1,24}})?"
_BRANDS = (
    "Ralph Lauren|Michael Kors|Li Ning|Calvin Klein|Tommy Hilfiger|Tom Ford|Jack Wolfskin|Jack Jones|Karl Lagerfeld"
    "|Kate Spade|Marc Jacobs|Paul Smith|Hugo Boss|Stella McCartney|Tory Burch|Thomas Sabo|Peter Hahn|Steve Madden"
)
_NAMES = (
    re.compile(
        r"(?<![A-Za-z])(?=[A-Za-z])(?i:my (?:(?:full|first|last|family|real) )?name(?:'s|’s| is|s|:)|mein name ist"
        r"|ich hei(?:ß|ss)e|they call me"
        rf"|name on (?:the |my )?(?:order|card|account|parcel|package|label)(?: is|:)) ?(?P<value>{_CAPS}|{_SMALL})"
    ),
    re.compile(
        r"(?<![A-Za-z])(?=[A-Za-z])(?i:(?:full|first|last|recipient|recipient'?s|customer|receiver'?s?|consignee"
        r"|contact|billing|shipping) name(?: is)?|recipient|"
        r"consignee|addressee|attn|attention of|c/o|ship to|deliver to|empfänger|vorname"
        rf"|nachname)(?: is |: ?|\. ?| (?=[A-Z][a-z]+ [A-Z]))(?P<value>{_CAPS})"
    ),
    re.compile(
        rf"(?i:(?=[TtIi])(?<![A-Za-z])(?:this is|it's|i am|i'm|im)) (?P<value>{_CAPS}) (?i:speaking|calling"
        r"|writing|from (?:the )?order)"
    ),
    re.compile(
        rf"(?<![A-Za-z])(?:[Ii]['’]m|[Ii] am|[Ii]ch bin) (?!{_BRANDS})"
        rf"(?P<value>(?:(?:{GIVEN_NAMES})(?:-[A-Z][a-z]+)?(?: [A-Z]\.)?"
        rf"|(?:{PINYIN_SURNAMES})(?= [A-Z]))(?: [A-Z][a-z]{{0,2}}['’]?[A-Z]?[a-z-]{{1,20}}){{0,2}})(?![A-Za-z0-9])"
    ),
    re.compile(
        r"(?i:(?<![A-Za-z])(?:(?:best|kind|warm) regards|regards|sincerely|yours truly|cheers"
        rf"|mit freundlichen grüßen)),?\s{{1,3}}(?!Thank|Sent|Best|Team)(?P<value>{_CAPS})\s*\Z"
    ),
    re.compile(rf"(?:我叫|我的名字[叫是]|我名字[叫是]|本人叫|叫我)(?!马上|金牌|高手|毛病)(?P<value>{_CHINESE_NAME})"),
    re.compile(r"(?:我叫|我的名字[叫是]|叫我)(?P<value>[A-Z][a-z]{1,14}(?: [A-Z][a-z]{1,14})?)"),
    re.compile(rf"(?:我姓|免贵姓|本人姓)(?P<value>(?:{_COMPOUND}|[{_SURNAMES}]))"),
    re.compile(
        rf"(?:姓名|收件人|收货人|联系人)(?P<value>(?:{_COMPOUND}|[{_SURNAMES}]){_GIVEN}{{1,2}})(?=[\s,。;0-9]|电话|手机|地址|\Z)"
    ),
    re.compile(
        r"(?:姓名|收件人|收货人|联系人|签收人|收件姓名|持卡人|开户名|户名|寄件人|抬头|署名)(?:姓名|名字)?\s?(?:是|为|叫|：|:|改[成为]|写)\s?"
        rf"(?P<value>(?:(?:{_COMPOUND}){_GIVEN}{{1,2}}|[{_SURNAMES}]{_GIVEN}{{1,2}}|[老小阿][{_SURNAMES}]"
        rf"|{_GIVEN}{{2,4}}(?=[\s，。,;；0-9]|\Z))(?:先生|女士|小姐|老师)?"
        r"|[A-Z][A-Za-z]{1,14}(?: [A-Z][A-Za-z]{1,14}){0,2})"
    ),
)

_BY_KIND = (
    ("ORDER", _ORDERS),
    ("ACCOUNT", _ACCOUNTS),
    ("CARD", _CARDS),
    ("ID", _IDS),
    ("HANDLE", _HANDLES),
    ("NAME", _NAMES),
)


def named_values(text: str) -> list[Hit]:
    """The values that are introduced by name, without the words that introduce them."""
    hits: list[Hit] = []
    for kind, patterns in _BY_KIND:
        for pattern in patterns:
            for match in pattern.finditer(text):
                start, end = match.span("value")
                while text[end - 1].isdigit() and text[end : end + 1].isdigit():  # no part of a number is left behind
                    end += 1
                hits.append(Hit(start, end, kind))
    return hits
