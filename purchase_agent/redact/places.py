"""Postal addresses: street and house number, PO box, ZIP and postcode; Chinese chains from province to room."""

from __future__ import annotations

import re

from purchase_agent.redact.view import Hit

# ------------------------------------------------------------------------------------------------- English, German
_NUMBER = (
    r"(?:(?=[FAUSfaus])(?i:flat|apt|apartment|unit|suite) ?[0-9]{1,4}[A-Za-z]?,? )?(?=[0-9])(?<![\w.,$£€/-])[0-9]{1,5}"
    r"[A-Za-z]?(?:[-/][0-9]{1,4})?(?=,? (?:[A-Za-z]|[0-9]{1,3}(?:st|nd|rd|th)))"
)
_POINT = r"(?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.? )?"
_UNIT_NAMES = (
    "gb|tb|mb|kg|g|ml|l|oz|lb|lbs|inch|inches|in|cm|mm|m|km|mi|miles?|ft|w|v|hz|mah|mph|pcs?|pieces?"
    "|packs?|pairs?|sets?|x|x1|x2|pro"
    "|speed|star|way|days?|weeks?|months?|years?|hours?|minutes?|hard|external|internal|flash|usb|ssd"
    "|hdd|hybrid|mens?|womens?|kids"
    "|new|nike|adidas|best|cheap|good|great|nice|of|on|for|to|from|in|off|the|a|an|and|or|at|per|more"
    "|other|different|new|percent"
    "|people|persons?|times?|stars?|colou?rs?|items?|units?|road|street|mountain|carbon|wheel|wheels"
    "|size|series|gen|generation|bit"
)
_NAME = rf"(?!(?:{_UNIT_NAMES})\b)[A-Za-z][\w'’.-]{{1,20}}+ "
_CAP_NAME = rf"(?!(?i:{_UNIT_NAMES})\b)(?:[A-Z][\w'’.-]{{1,20}}+|[0-9]{{1,3}}(?:st|nd|rd|th)) "
_SURE = r"(?:street|avenue|boulevard|road|lane|st|ave|rd|ln|blvd)\b\.?"
_LIKELY = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Boulevard|Blvd|Drive|Dr|Court|Ct|Way|Place|Pl|Terrace"
    r"|Close|Crescent|Cres|Square|Sq"
    r"|Highway|Hwy|Parkway|Pkwy|Circle|Cir|Trail|Row|Gardens|Gdns|Grove|Mews|Hill|Green|Park|Walk|Loop|Alley)\b\.?"
)
_NO_GOODS = (
    r"(?! ?(?:bikes?|bicycles?|shoes?|sneakers?|boots?|tyres?|tires?|cycl|runn|trip|test|wear|king"
    r"|style|fashion|racing|race|helmet"
    r"|handlebar|legal|lights?|lamps?|food|price|drives?|view|map|art|photo|cred|fighter|glide|wheel|vinyl|poster|toy|mug|lego|album)s?\b)"
)
_ROOM = r"(?:,? ?(?:(?:apt|apartment|unit|suite|ste|flat|room|rm|floor|fl|#)\b\.? ?#?|#) ?[0-9]{1,5}[A-Za-z]?)?"
_STATES = (
    "A[LKZR]|C[AOT]|DE|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]|UT"
    "|V[TA]|W[AVIY]|DC|PR"
)
_STATE_NAMES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii"
    "|Idaho|Illinois|Indiana|Iowa"
    "|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri"
    "|Montana|Nebraska|Nevada"
    "|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon"
    "|Pennsylvania|Rhode Island"
    "|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming"
)
_CITY = r"[A-Z][a-z'’.-]{1,20}(?: [A-Z][a-z'’.-]{1,20}){0,2}"
_ZIP = rf"(?:{_STATES}|{_STATE_NAMES}),? [0-9]{{5}}(?:-[0-9]{{4}})?(?![0-9A-Za-z-])"
_AREAS = (
    "A[BL]|B[ABDHLNRST]?|C[ABFHMORTVW]|D[ADEGHLNTY]|E[CHNX]?|F[KY]|G[LUY]?|H[ADGPRSUX]|I[GMPV]|JE"
    "|K[ATWY]|L[ADELNSU]?|M[EKL]?"
    "|N[EGNPRW]?|O[LX]|P[AEHLOR]|R[GHM]|S[AEGKLMNOPRSTWY]?|T[ADFNQRSW]|UB|W[ACDFNRSV]?|YO|ZE"
)
_POSTCODE = (
    rf"(?<![A-Za-z0-9-])(?:{_AREAS})[0-9][0-9A-HJKMNPR-Y]? [0-9](?!GB|TB|MB|HZ|PC|PK|FT|GP|MP|LB|WD|BT"
    r"|DR|DS|TH|ST|ND|RD|XL|PT|LT|AH)"
    r"[ABD-HJLNP-UW-Z]{2}(?![A-Za-z0-9])"
)
_TAIL = rf"(?:,? {_CITY}(?=,? (?:{_ZIP}|{_POSTCODE})|,|\.|\n|\Z))?(?:,? (?:{_ZIP}|{_POSTCODE}))?"
_HOME = (
    r"(?i:(?:address(?: is|:)?|live (?:at|on|in)|living at|lives at|ship(?:ped)? (?:it |this |them )?to"
    r"|send (?:it|this|them) to|deliver(?:ed)? (?:it |this |them )?to|delivery to|moved to|i am at|i'm at"
    r"|house is|home is)[:,]? )"
)
_LATIN = tuple(
    re.compile(pattern)
    for pattern in (
        (
            rf"(?P<value>{_NUMBER},? {_POINT}(?:{_CAP_NAME}){{1,4}}?(?i:{_SURE})(?i:{_NO_GOODS})(?: ?(?:N|S"
            rf"|E|W|NE|NW|SE|SW)\b\.?)?(?i:{_ROOM}){_TAIL})"
        ),
        (
            rf"(?P<value>(?i:{_NUMBER} {_POINT}(?:{_NAME}|[0-9]{{1,3}}(?:st|nd|rd|th) ){{1,2}}?(?:street"
            rf"|avenue|lane|boulevard|blvd|st|ave|rd|road)\b\.?{_NO_GOODS}{_ROOM})"
            rf"{_TAIL})"
        ),
        (
            rf"(?P<value>{_NUMBER},? {_POINT}(?:{_CAP_NAME}){{1,4}}?{_LIKELY}(?i:{_ROOM})"
            rf"(?:(?:,? {_CITY})?,? (?:{_ZIP}|{_POSTCODE})|, {_CITY}(?:, {_CITY})?))"
        ),
        (
            rf"{_HOME}(?P<value>{_NUMBER},? (?:{_CAP_NAME}){{0,4}}[A-Z][\w'’-]{{2,20}}(?i:{_ROOM})(?:,? {_CITY}){{0,3}}"
            rf"(?:,? (?:{_ZIP}|{_POSTCODE}))?)"
        ),
        (
            rf"{_HOME}(?P<value>(?i:{_NUMBER} (?:{_NAME}){{1,3}}?(?:drive|dr|court|ct|way|place|pl|terrace"
            rf"|close|crescent|square|grove|gardens|circle|{_SURE})\b{_ROOM}){_TAIL})"
        ),
        rf"(?P<value>(?<![A-Za-z])(?i:p\.? ?o\.? ?box|postfach) ?#?[0-9]{{1,7}}(?:, [A-Z][a-z]+(?=,))?(?:,? {_ZIP})?)",
        rf"(?P<value>(?:{_CITY}, ?| (?<=[a-z] )){_ZIP})",
        (
            r"(?i:zip(?: ?code)?|postal code|postcode|post code|pin ?code|plz|邮编|邮政编码)(?i: is| no\.?"
            rf"| number)?(?:[ :：是为]{{0,3}})(?P<value>[0-9]{{5,6}}(?:-[0-9]{{4}})?(?![0-9])"
            rf"|(?i:{_POSTCODE.replace('] [', '] ?[')}))"
        ),
        rf"(?P<value>{_POSTCODE})",
        (
            r"(?i:adresse|anschrift)(?: ist|:)? (?P<value>(?:[A-ZÄÖÜ][a-zäöüß-]{1,24} ){1,4}[0-9]{1,4}[a-z]?\b"
            r"(?:,? (?:D-)?[0-9]{5} [A-ZÄÖÜ][\wäöüß-]+)?)"
        ),
        (
            r"(?P<value>[A-ZÄÖÜ][a-zäöüß-]{1,24}(?:[ -][A-ZÄÖÜ][a-zäöüß-]{1,24})?"
            r"(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|ufer|damm"
            r"|[ -](?:Straße|Strasse|Str\.|Weg|Platz|Allee|Ring))"
            r" ?[0-9]{1,4} ?[a-z]?\b(?:,? (?:D-)?[0-9]{5} [A-ZÄÖÜ][\wäöüß-]+)?)"
        ),
        (
            r"(?P<value>(?<![\w.])(?:D-)?[0-9]{5} (?:Berlin|Hamburg|München|Muenchen|Köln|Koeln|Frankfurt"
            r"|Stuttgart|Düsseldorf|Leipzig|Dresden|Hannover|Nürnberg|Bremen|Essen|Dortmund)\b)"
        ),
    )
)

# ------------------------------------------------------------------------------------------------------- Chinese
_PROVINCES = (
    "北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃"
    "|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)
_CITIES = (
    "广州|深圳|杭州|南京|苏州|成都|武汉|西安|郑州|长沙|青岛|济南|沈阳|大连|哈尔滨|长春|石家庄|太原|合肥|福州|厦门|南昌|昆明|贵阳"
    "|南宁|海口|兰州|西宁|银川|乌鲁木齐|拉萨|呼和浩特|无锡|宁波|温州|嘉兴|绍兴|金华|台州|义乌|佛山|东莞|珠海|中山|惠州|汕头|泉州"
    "|漳州|烟台|潍坊|临沂|洛阳|徐州|常州|南通|扬州|盐城|镇江|昆山|保定|唐山|廊坊|张家口|张家港|株洲|湘潭|宜昌|襄阳|绵阳|桂林|柳州|芜湖"
)
_KNOWN = re.compile(f"{_PROVINCES}|{_CITIES}")
# Letters of a place's name: no particle, pronoun or verb of sending, and none that ends a part of an address.
_LETTER = (
    "[^\\W\\d_A-Za-z我你您他她它们的了在到寄送给住想买要是个这那收货地址快递和"
    "跟与把不没可以吗呢吧啊呀很太也就还都省市区县镇路街巷道弄号栋幢说去走每哪某第请帮让被离]"
)
_FIGURE = (
    r"(?:[甲乙丙丁]?[0-9]{1,5}[A-Za-z]?(?:-[0-9A-Za-z]{1,5}){0,3}|[A-Za-z][0-9]{0,3}|[一二三四五六七八九十百零]{1,5})"
)
_PART = re.compile(
    rf"(?P<top>(?:{_PROVINCES})(?:省|市|壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区)?|(?:{_CITIES})市?)"
    rf"|(?P<number>{_FIGURE} ?(?:号院|号楼|号|弄|栋|幢|座|单元|楼|层|室|房|户|支弄|组|队)(?![店线码段位]|电池))"
    rf"|(?P<region>(?:{_LETTER}|(?:开发|发)(?=区)|市(?=[南北中]区)){{1,6}}+(?:自治州|州市|省|市(?!场)|新区|区(?!别|间|分)|县|镇|乡|街道|村|旗))"
    rf"|(?P<road>{_LETTER}{{1,7}}+(?:(?<![思套电线迷半网])路(?!由|上|过|线|人|口|灯)|街(?!道|头|拍)|巷|胡同"
    r"|(?<![知味通频渠轨报难管跑赛])道|弄(?!堂))(?:[东西南北中一二三四五六七八九]段)?)"
    rf"|(?P<place>{_LETTER}{{1,8}}?(?:小区|花园|大厦|公寓|家园|花苑|苑|广场|新村|新城|名邸|华府|公馆|大学|学院|中学|小学|医院|宿舍|校区|工业园"
    r"|产业园|科技园|创业园|写字楼|中心|府|庭|湾|城|里|村))"
    rf"|(?P<room>[0-9]{{2,5}}(?:室|房|户)?(?![0-9A-Za-z.%元块号]))"
)
_GAP = re.compile(r"[ ,，、\-]{0,2}")
_BUILDING = re.compile(r"[栋幢座院]|号楼|单元|室|房|弄")
_ADDRESS_WORD = re.compile(
    r"(?:收货地址|收件地址|寄件地址|送货地址|家庭住址|地址|住址|寄到|寄往|寄去|送到|发到|发往|送货到|邮寄到|住在|我住|家住|我家在|配送到)(?:是|为|在|改[成到为]|：|:|\s){0,2}\Z"
)


def postal_addresses(text: str) -> list[Hit]:
    """Addresses of ``text``, each as a whole."""
    hits = [Hit(*match.span("value"), "ADDRESS") for pattern in _LATIN for match in pattern.finditer(text)]
    return hits + _chinese(text)


def _chinese(text: str) -> list[Hit]:
    hits: list[Hit] = []
    chain: list[re.Match[str]] = []
    for part in _PART.finditer(text):
        if chain and not _GAP.fullmatch(text, chain[-1].end(), part.start()):
            hits += _address(text, chain)
            chain = []
        if chain or part.lastgroup != "room":
            chain.append(part)
    return hits + _address(text, chain)


def _address(text: str, chain: list[re.Match[str]]) -> list[Hit]:
    """The chain as an address, if it leads to a door, or names a place that is said to be one's own."""
    while chain and chain[-1].lastgroup == "room" and len(chain) > 1 and chain[-2].lastgroup in {"top", "region"}:
        chain = chain[:-1]
    if not chain:
        return []
    kinds = [part.lastgroup for part in chain]
    start = chain[0].start()
    known = _KNOWN.search(chain[0][0])
    if known:
        start += known.start()
    numbers = [part[0] for part in chain if part.lastgroup == "number"]
    doors = [number for number in numbers if _BUILDING.search(number)]
    regions = kinds.count("top") + kinds.count("region")
    own = bool(_ADDRESS_WORD.search(text[max(0, start - 10) : start]))
    leads = (
        ("road" in kinds and bool(numbers or "room" in kinds[1:]))
        or ("place" in kinds and (bool(doors) or (own and bool(numbers))))
        or len(doors) > 1
        or (regions > 1 and bool(numbers))
        or (regions > 1 and ("road" in kinds or "place" in kinds))
        or regions > 2
        or (own and regions > 1)
        or (own and ("road" in kinds or "place" in kinds) and len(kinds) > 1)
    )
    return [Hit(start, chain[-1].end(), "ADDRESS")] if leads else []
