"""Words that tell a model what to do, known by how they begin: in English and Chinese, and the commonest elsewhere.

Recognising them never is what keeps an order from being obeyed (a shopper's words reach a model as data only); it keeps
an order from being shown as the shopper's reason.
"""

from __future__ import annotations

import re

_WORD = re.compile("[a-z]+")
# What stands before a word that begins a clause.
_BEFORE_CLAUSE = re.compile(
    r"(?:^|[\n.!?:;,>\])}\"'“「#*(\[|-]|\b(?:please|pls|and|then|also|just|simply|now|you|must|should|will|to"
    r"|instead))\s*+$"
)
_GAP = r"\W++(?:[\w'’]++\W++){0,%d}?"
_ANSWER = r"(?:repl(?:y|ies)|responses?|answers?|outputs?|summary|explanation|rationale|completion|message)"
_FIELD = (
    r"(?:purchase\W?intent|intent(?:ion)?|motivation|sentiment|label|scores?|probability|classification|likelihood"
    r"|next\W?action)"
)
_EARLIER = (
    r"(?:instructions?|directions?|directives?|prompts?|commands?|guardrails?|constraints?"
    r"|(?:previous|prior|earlier|above|system|original|your|these|other)\W++"
    r"(?:rules?|guidelines?|tasks?|context|content|text)"
    r"|the\W++(?:above|foregoing)\b(?!\W++(?:review|comment|post|order|e?mail))"
    r"|(?:everything|anything|all|info|information)\W++(?:\w++\W++){0,2}?(?:above|before|prior|previously|else|except|you))\b"
)
# (first words, what follows them); where the line begins with ">" the first word must also begin a clause.
_RULES = (
    # what to drop
    ("ignore ignoring disregard disregarding forget override overriding bypass discard", _GAP % 4 + _EARLIER),
    ("not don never stop", r"(?:['’]t)?\W++(?:follow|obey|apply|use|listen\W++to)(?:ing)?" + _GAP % 3 + _EARLIER),
    # who speaks, who is spoken to
    (">system assistant developer operator administrator moderator",
     (r"[\s_-]*+(?:note|message|notice|update|prompt|override|instruction)?s?\s*+\)?\s*+[:\uff1a]"
     r"(?!\s*+(?:windows|android|ios|mac|linux|harmony))")),
    ("system developer", r"[\s_-]++(?:prompt|message|instruction|override|role|chain\W++of)|_message|_prompt"),
    ("hidden secret initial full entire", r"\W++(?:system\W++)?(?:prompt|instructions)\b"),
    ("note message notice memo instruction instructions attention dear hey",
     (r"(?:\W++(?:to|for))?\W++(?:the\W++|all\W++|any\W++)?"
      r"(?:ai|llms?|gpt|language\W++model|automated|classifier|annotator)\b")),
    ("ai llm model",
     r"\W++(?:model|assistant|reader|annotator|classifier)s?\W++(?:must|should|shall|reading|please)\b"),
    ("pipeline classifier annotator evaluator grader parser llm", r"\W++(?:must|should|shall|has\W++to|needs\W++to)\b"),
    (">hi hello ok okay", r",?\W++(?:ai|llm|model|gpt)\b"),
    ("to for", r"\W++you,?\W++the\W++(?:ai|model|assistant|llm)\b"),
    ("if", (r"\W++you\W++are\W++(?:an?\W++)?(?:ai|llm|language|model|assistant)\b"
           r"|\W++(?:asked|questioned|the\W++user)\b.{0,60}?\b(?:respond|reply|say|report|answer|output)\b")),
    ("as", r"\W++an?\W++(?:ai|llm|language\W++model)\b"),
    ("language", r"\W++models?\b"),
    ("llm llms rationale", r"\b"),
    ("automated automatic", r"\W++(?:analysis|screening|evaluation|scoring|processing|annotation)\b"),
    ("visible invisible", r"\W++to\W++(?:humans|people|ai|llm|the\W++model|the\W++ai)\b"),
    # who to be
    ("you", (r"\W++(?:are|re|must\W++be|will\W++be)\b(?!\W++not)(?:\W++now|\W++no\W++longer)?\W++"
             r"(?:[\w'’-]++\W++){0,4}?(?:assistant|language\W++model|ai|llm|mode)\b")),
    (">pretend act behave", r"\W++(?:to\W++be|that\W++you|you|as\W++(?:an?|if|my)|like\W++(?:an?|you))\b"),
    (">role roleplay", r"(?:\W?play)?\W++(?:as|you|this)\b|\W?play\s*+:"),
    ("developer debug admin god dan unrestricted", r"\W++mode\W++(?:is\W++)?(?:enabled|activated|on|now)\b"),
    ("enter activate", r"\W++(?:developer|debug|admin|god|dan|unrestricted)\W++mode\b"),
    ("let", r"['’]?s\W++role\W?play\b"),
    ("from", r"\W++(?:now|here|this\W++point)\W++on,?\W++(?:you|only|always|answer|respond|reply|treat|every|all)\b"),
    # a turn of a conversation that is none
    ("new", r"\W++(?:task|instruction|directive|role|goal|rule)s?\s*+[:\uff1a]"),
    ("do", r"\W++(?:this|the\W++following|as\W++follows)\s*+[:\uff1a]"),
    ("follow", r"\W++(?:the|this|these)\W++examples?\b"),
    ("end", r"\W++of\W++(?:the\W++)?(?:session|prompts?|input|context|transcript|system|instructions?)\b"),
    ("before", r"\W++the\W++task\b"),
    ("prioritise prioritize", r"\W++(?:this|these|the\W++following)\W++(?:instruction|message|line|sentence)s?\b"),
    # what to say
    (">answer", r"\W++(?:every|all|any|each)\b"),
    ("say", r"\W++(?:exactly|verbatim)\b\s*+[:\uff1a]"),
    ("do don",
     r"(?:['’]t|\W++not)\W++(?:analy[sz]e|evaluate|classify|judge|summari[sz]e|label)\W++(?:this|the|it|any)\b"),
    ("must should shall to", (r"\W++(?:contain|include|mention|begin\W++with|end\W++with)\W++(?:the\W++)?"
                              r"(?:string|word|phrase|text|token|code)\b")),
    ("your every any all",
     r"\W++(?:\w++\W++)?" + _ANSWER + r"\W++(?:must|should|shall|has\W++to|have\W++to|needs?\W++to"
     r"|you\W++give|into|begins?|ends?|mentions?|contains?)\b"),
    ("the correct right expected true final", (r"\W++(?:correct\W++|right\W++|expected\W++|true\W++|final\W++)?"
     r"(?:label|answer|output|classification|prediction|verdict|intent)s?\W++(?:for\W++(?:this|the)\W++\w++\W++)?"
     r"(?:is|must|should|=)\W++[\"'“]?(?:ready|none|consideration|exploration|awareness|purchase|high|low|\d)")),
    (">label classification intent verdict prediction correct expected",
     r"\W?(?:label|answer|result|output)?s?\s*+[:\uff1a=]"),
    ("respond reply answer print output say write return echo",
     (r"\W++(?:only\W++|exactly\W++|just\W++)?(?:with\W++(?:only|just|exactly|the\W++(?:word|phrase|following|text|label))"
     r"|nothing\W++(?:but|else)|in\W++(?:json|base\d|reverse|rot)|only\W++with)")),
    ("print output repeat say write return echo type report state append insert put",
     (r"\W++(?:only\W++|out\W++|exactly\W++|next\W++)?(?:the\W++(?:following|words?|phrase|string|token|sentence)\b"
     r"|(?:the\W++)?label\s*+[\"'“:])")),
    (">print output repeat return echo respond reply", r"(?:\W++with)?[:,]?\s*+[\"'“{<\[]"),
    ("only just exclusively solely", r"(?:\W++on)?\W++the\W++following\b"),
    ("focus", r"\W++(?:only|exclusively|solely)\W++on\b"),
    ("out", r"\W++of\W++tokens\b"),
    (">write", r"\W++(?:an?|one|two)\W++(?:\w++\W++){0,2}?(?:sentence|poem|story|essay|paragraph|haiku)\b"),
    # the fields of the answer
    ("reasoning explanation summary output json response answer label evidence reason",
     r"\W++(?:field|key|column)s?\b"),
    ("purchase buying", r"[ _-](?:intent|probability|propensity)\b"),
    ("set change make put raise lower mark force state report that",
     r"\W++(?:[\w'’]++\W++){0,3}?" + _FIELD + r"\W++(?:score\W++|label\W++|level\W++)?(?:is|to|as|must\W++be|of)\W++"
     r"(?:the\W++)?(?:\d|highest|lowest|max|min|high|low|none|ready|zero|positive|negative|neutral|gift|[\"'“])"),
    ("intent motivation sentiment label score probability",
     r"\W++(?:(?:must|should|shall|has\W++to)\W++be|is\W++[\"'“]|to\W++[\"'“\d]|=\s*+[\"'“\d])"),
    ("classify categorize categorise label flag mark treat rate score predict report",
     (r"\W++(?:this|the|every|each|all)\W++(?:\w++\W++)?(?:customer|shopper|user|record|review|text|conversation|row)s?\W++as\b"
     r"|\W++this\W++as\W++(?:ready|none)\b")),
    ("for this", r"\W++(?:this\W++)?(?:record|row)\b"),
    # its own workings and tools
    ("reveal show print repeat copy leak output tell disclose expose dump paste",
     r"\b.{0,30}?\byour\W++(?:\w++\W++){0,3}?(?:prompt|instructions|configuration|training|secrets?|api\W++keys?)\b"),
    ((">add include insert integrate incorporate embed mention modify enhance use append weave reverse encode"
      " substitute misspell replace rearrange adjust convert scramble remove augment"
      " translate make speak phrase format finish"),
     r"\b.{0,80}?\b(?:your|the)\W++(?:\w++\W++)?" + _ANSWER + r"\b(?!\W++(?:from|to\W++my))"),
    (">in", r"\W++your\W++(?:next\W++|final\W++)?(?:reply|response|answer|output),\W++(?!you)\w"),
    ("what", (r"(?:['’]s|\W++(?:is|are|were))\W++your\W++(?:\w++\W++)?(?:instructions|prompt|rules|guidelines)\b"
              r"(?!\W++(?:for|on|about))")),
    ("text words everything", r"\W++above\W++(?:this|verbatim|word)\b"),
    ("use", r"\W++(?:the\W++)?[a-z]++_[a-z_]++"),
    ("rm", r"\W++-rf"),
    ("send email share give",
     r"\W++(?:me\W++)?(?:the|all|every)\W++(?:customer|shopper|user)s?\W++(?:list|data|records|e?mails)\b"),
    ("code", r"\W++(?:block|snippet|excerpt|section)s?\b"),
    ("call invoke execute trigger",
     (r"\W++(?:the|this|that|an?|your|any)\W++(?:\w++\W++){0,3}?(?:tools?|function|command|script|code|query)\b"
      r"(?!\W++(?:is|are))")),
    ("export exfiltrate leak dump",
     r"\W++(?:all|every|the)\W++(?!my\b)(?:\w++\W++){0,2}?(?:records|predictions|database|tables?|customers|data)\b"),
    ("base rot", r"-?(?:64|13|32)\b"),
    (">decode decrypt", r"\W++(?:this|the|and|it)\b"),
    # a word of the neighbours
    ("vergiss ignoriere ignorier missachte", r"\b.{0,30}?\b(?:anweisung|instruktion|vorgabe|befehl)"),
    ("ignora olvida ignorez oublie oubliez descarta dimentica", r"\b.{0,30}?\b(?:instruc|consigne|istruzion|[oó]rden)"),
)  # fmt: skip
_CHINESE_ORDER = re.compile(
    r"""
    (?:忽略|无视|無視|忘[记掉記]|不要?(?:理会|理會|遵守|遵循)|抛开|跳过|绕过|覆盖).{0,8}?(?:指令|指示|命令|提示词?
        |設定|设定|规则|規則|约束|限制)
    | (?:忽略|无视|無視)(?:掉)?(?:以上|上述|上文|前文|上面的?|之前的?)(?:的?(?:所有|全部|一切)?(?:内容|內容|文字
        |信息|要求|说明)|[,\uff0c。:\uff1a\s]|$)
    | 系统(?:提示词|指令|设定)|系統(?:提示詞|指令|設定)|提示[词詞]
    | (?:泄露|透露|输出|輸出|复述|公开|展示).{0,8}?(?:系统|系統|你的)(?:提示|消息|指令|设定)
    | (?:助手|管理员(?:备注|指令|留言)|操作员(?:备注|指令)?|开发者(?:消息|指令))[:\uff1a]
    | 你(?:现在|現在|从现在起|必须)?(?:就是|是|成为|扮演)(?:一?[个個名位]|我的)?[^\uff0c。,?\uff1f!]{0,8}?(?:助手
        |助理|模型|机器人|機器人|ai|人工智能)(?!.{0,4}[吗嗎么吧呢?\uff1f])
    | [从從][现現]在(?:起|开始|開始)[\uff0c,]?(?:你|只|必[须須])|(?:请|請|你来|现在)扮演|你必[须須](?:回答|回复
        |输出|判断|判定|说)
    | (?:[请請]|必[须須]|只)(?:使?用|以)[^\uff0c。,]{1,8}(?:回答|回复|作答)|写一首|停止(?:当前|現在|现在|手头)的?任务
        |假[装裝](?:你|成你)?是|(?:ai|模型|机器人)[,\uff0c]?(?:请|必须)
    | (?:输出|打印|返回|回复|回答|复述|重复|写下|写出|填写|輸出|回覆)(?:一遍)?(?:以下|下面|下列|如下
        |这句话)(?:的?(?:内容|文字|文本|句子|信息|字|标签|代码|話|话)|[:\uff1a])
    | (?:输出|輸出|返回|填写)[:\uff1a]?\s?["“「『]|(?:只|仅|僅|直接|原样)(?:需|要|能|准|许)?(?:输出|輸出)(?!\s*\d)
        |只能?(?:回答|回复)(?:是|否|["“「])
    | (?:购买|購買)(?:意[向愿图圖願])(?:度|值|等级)?.{0,6}?(?:设|設|改|调|標|标|判)
    | [把将將].{0,12}?(?:意[图圖向愿]|标签|標籤|评分|評分|分数|动机|動機|情感|概率|置信度|分类|预测).{0,6}?(?:设|設
        |改|标|標|判|写|寫|填|置|定|评|归|调)(?:置|定|记|注)*(?:为|為|成|到|最)
    | (?:设|設|标记|標記|判定|判|归类|分类|识别)(?:为|為|成)\s?["“「]?(?:最高|最低|高意向|低意向|无意向|已下单
        |准备购买)|[是为為成填出到]\s?["“「]?(?:ready|none|consideration|exploration|awareness)(?![a-z])
    | 作为(?:一[个名])?(?:ai|人工智能|语言模型|大模型|智能助手)|[语語]言模型|(?:致|给)(?:ai|模型|人工智能)的
    | (?:执行|執行|遵循|服从|按照)(?:以下|下面|下列|如下|我的)?(?:的)?(?:指令|命令|指示|任务|[:\uff1a])
    | (?:调用|調用|执行|触发).{0,8}?(?:工具|函数|函數|接口|脚本)|解码(?:以下|下面|这段|并执行|后执行)
    | (?:理由|依据|解释|说明|摘要|输出)(?:字段|一?栏|栏位|欄位)|在.{0,6}?(?:理由|解释|输出|回复|回答)(?:里|中|内
        |裡)(?:写|填|加|插入|包含|输出)
    """,
    re.VERBOSE,
)

# Words of tasks, answers and programs: 1 for one that shoppers use too, 2 for one they seldom use, 3 for one that only
# a prompt holds. One says little and shoppers' own words never enough, several within a line with a rare one do.
_VOCABULARY = {
    3: """
        llm llms summarizer annotator evaluator sudo obey persona purchase_probability next_action unrestricted
        提示词 提示詞 语言模型 語言模型 系统指令 系統指令
        """,
    2: """
        json schema overwrite taxonomy intent intents probability classification classifier classify disregard
        override overrides overriding overridden verbatim predict prediction predictions rationale roleplay
        evaluation evaluating sentiment metadata codebase parser administrator authorise authorize gpt exfiltrate
        summarise summarize annotation instruct directive directives superuser debug supersede supersedes comply
        dataset payload yaml
        概率 判定 判断为 判為 复述 作废 作廢 该用户 此用户 该顾客 这位顾客 这个顾客 该客户 这位用户 管理员 字段 意图
        意圖 意向 设定为 设为 設為 置信度 你的回答 你的回复 你的输出 你的解释 你的答案 分类器 配置项 倒序 优先于
        解释里 理由里 回答里 真正的任务 新目标
        """,
    1: """
        prompt instruction instructions label ready output outcome answer answers respond response responses reply
        ignore system task rule rules evidence analysis customer buyer user must declare mark report sentence above
        previous prior earlier following exactly always never instead void prioritise prioritize produce repeat
        generate assign treat highest lowest grant assistant ai human operator execute delete export correct result
        field value act forget skip bypass record records conversation review message purchase include mention empty
        write explanation reasoning everything role object objective directions config phrase append assume language
        rights strongest cancel none compliance motivation algorithm confidence configuration guidelines database
        admin prompts analyse analyze analysing analyzing outputs developer translate shopper pretend annotate
        parameters markdown regex jailbreak
        忽略 模型 标签 標籤 分类 回答 回复 规则 規則 系统 系統 开发者 任务 理由 等级 最高 最低 必须 必須 以上 上述
        以下 限制 分析 评论 本条 记录 删除 调用 执行 数据 消息 停止 应为 应当 判断 打印 重复 翻译 填 写成 加入 动机
        评分 分数 单词 代码 格式 用户 顾客 客户 给出 下一步 动作 复制 前文 取消 听我的 无论 跳过 不许 隐藏 列出 切换
        返回 目标 合规 测试 配置 安全 文本 视为 请把 请将 权限 函数 脚本 调试 满分 指令 失效 原样 无视 無視 已下单
        标记 標記 预测 输出 輸出 扮演 假装 标注 准则 逐字 最高分
        """,
}
_MOST = 12  # words looked back upon: keeps the time linear
# (characters, what the words within them must weigh together); Chinese says it in half as many characters.
_ENOUGH = ((40, 3), (80, 4))


def _rules() -> dict[str, list[tuple[bool, re.Pattern[str]]]]:
    by_word: dict[str, list[tuple[bool, re.Pattern[str]]]] = {}
    for words, rest in _RULES:
        rule = (words.startswith(">"), re.compile(rest))
        for word in words.removeprefix(">").split():
            by_word.setdefault(word, []).append(rule)
    return by_word


_RULES_BY_WORD = _rules()
_WEIGHTS = {word: weight for weight, words in _VOCABULARY.items() for word in words.split()}
_TERM = re.compile(
    "[a-z_]+|" + "|".join(sorted((word for word in _WEIGHTS if not word.isascii()), key=len, reverse=True))
)


def speaks_to_model(text: str) -> bool:
    """Whether ``text``, given in lower case and without hidden characters, holds an order to a model."""
    for word in _WORD.finditer(text):
        for begins, rest in _RULES_BY_WORD.get(word[0], ()):
            if begins and not _BEFORE_CLAUSE.search(text[max(0, word.start() - 12) : word.start()]):
                continue
            if rest.match(text, word.end()):
                return True
    return (not text.isascii() and bool(_CHINESE_ORDER.search(text))) or _reads_like_a_task(text)


def _reads_like_a_task(text: str) -> bool:
    found = [(term.start(), term[0]) for term in _TERM.finditer(text) if term[0] in _WEIGHTS]
    for last, (end, word) in enumerate(found):
        first = max(0, last - _MOST)
        for reach, enough in _ENOUGH:
            begin = end - (reach if word.isascii() else reach // 2)
            weights = [_WEIGHTS[near] for near in {near for start, near in found[first : last + 1] if start >= begin}]
            if sum(weights) >= enough and max(weights) > 1:
                return True
    return False
