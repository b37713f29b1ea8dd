"""Words of the planner: what each tool tells, other names of labels, and words that mean much the same."""

from __future__ import annotations

ABILITIES: dict[str, tuple[str, str]] = {
    "predict_purchase": ("all at once about the shopper", "顾客的整体情况"),
    "predict_intent": ("how strong the intent to buy is", "购买意向有多强"),
    "predict_motivation": ("why, and what holds back", "为什么想买、有什么顾虑"),
    "predict_next_action": ("the likely next step", "下一步可能做什么"),
    "predict_timing": ("when a purchase is likely", "什么时候可能购买"),
    "explain_prediction": ("which words a prediction rests on", "预测的依据是哪些话"),
    "rank_products": ("which of your products suits best", "您的商品里哪个最合适"),
}
"""Tool -> what it tells, English and Chinese, as a question back names it."""

LABEL_NAMES: dict[str, tuple[str, ...]] = {
    "exploration": ("exploring", "browsing", "随便看看"),
    "consideration": ("considering", "考虑"),
    "ready": ("ready to buy", "准备购买", "准备下单"),
    "post_purchase": ("already bought", "已经买了", "买后"),
    "awareness": ("aware", "知晓"),
    "replacement": ("replace", "更换", "换新"),
    "performance": ("性能",),
    "price_value": ("value for money", "a deal", "划算", "性价比"),
    "convenience": ("convenient", "省事", "方便"),
    "replenishment": ("refill", "replenish", "补货"),
    "compatibility": ("compatible", "兼容"),
    "safety_health": ("safety", "health", "安全", "健康"),
    "gift": ("present", "送礼", "礼物"),
    "social_influence": ("trend", "跟风", "别人推荐"),
    "enjoyment": ("fun", "treat", "享受", "犒劳"),
    "identity_values": ("identity", "values", "身份", "价值观"),
    "novelty": ("curiosity", "新鲜感", "尝新"),
    "occasion": ("场合", "节日"),
    "price": ("too expensive", "too dear", "the cost", "价格", "太贵", "嫌贵"),
    "quality_doubt": ("quality", "质量"),
    "fit_or_compatibility": ("the fit", "the size", "尺寸", "合不合适"),
    "delivery": ("shipping", "配送", "物流"),
    "trust_or_privacy": ("trust", "privacy", "信任", "隐私"),
    "choice_overload": ("too many choices", "选择太多"),
    "out_of_stock": ("not available", "缺货"),
    "no_need_now": ("no need", "用不着"),
    "compare": ("comparing", "比较"),
    "add_to_cart": ("the cart", "加入购物车", "加购"),
    "add_to_wishlist": ("wishlist", "收藏"),
    "begin_checkout": ("checkout", "check out", "结算"),
    "contact": ("contacting", "联系客服"),
    "read_reviews": ("reading reviews", "看评价"),
    "write_review": ("writing a review", "写评价"),
    "return_refund": ("a return", "refund", "退货", "退款"),
    "leave": ("leaving", "离开"),
    "within_7d": ("within a week", "7 days", "seven days", "一周内", "七天内", "7天内"),
    "within_30d": ("within a month", "30 days", "一个月内", "30天内", "三十天内"),
    "within_90d": ("90 days", "three months", "三个月内", "90天内"),
    "not_expected": ("not buy", "不会买"),
}
"""Label -> how else people call it. Labels that are everyday words (``now``, ``none``, ``purchase``) have no others."""

SYNONYMS: dict[str, tuple[str, ...]] = {
    name: tuple(word.strip() for word in words.split(","))
    for name, words in {
        "when": """
            when, how soon, how long, how many days, how many weeks, which day, what day, best day, date,
            today, tomorrow, week, weeks, month, months, days, time frame, timing, payday, hurry, urgent,
            sale, soon, wait for, waits for, remind, reminder, follow up, deadline, moment, early, late,
            later, before christmas, timeline, how much time, by when, how fast, how quickly, right away,
            weekend, quarter, year, how patient, pull the trigger, good time, run out, count on,
            什么时候, 何时, 多久, 多长时间, 几天, 几周, 几号, 哪天, 哪一天, 日期, 今天, 明天, 下个月, 星期,
            一周, 这周, 周内, 着急, 急不急, 大促, 双十一, 发工资, 提醒, 跟进, 时间, 时机, 月底, 太早, 太晚,
            晚买, 早买, 季度, 之前会, 圣诞, 周末, 用完, 马上就要, 快了, 截止, 几月, 多少时间, 时间点,
            等多久, 很快, 要得急, 明年, 年底
        """,
        "why": """
            why, reason, reasons, motive, motives, motivation, motivates, motivated, drives, need behind,
            for what purpose, what for, makes want, cares about, care about, purpose, needs, driving,
            attracts, interested her in, need it for, hope to get, matters,
            为什么, 为何, 原因, 理由, 动机, 为了什么, 怎么想, 需求, 在意, 看重, 驱动, 目的, 用途, 做什么用,
            干嘛要, 吸引, 引起, 给谁, 驱动力
        """,
        "barrier": """
            holding back, holds back, hold back, stops, stopping, keeping from, keeps from, doubts, doubt,
            barriers, barrier, obstacle, obstacles, objection, objections, worried, worries, concern,
            concerns, hesitate, hesitates, hesitant, put off, bothers, afraid, reluctant, think twice,
            scares, scaring, scare, sticking point, in the way, resolve, address, distrust, not buying,
            off, problem, keep her,
            顾虑, 障碍, 阻碍, 犹豫, 担心, 不放心, 异议, 不满意, 害怕, 迟迟, 嫌, 疑虑, 三思, 吓退, 卡在,
            阻力, 打消, 怕, 不信任, 不买, 不肯, 解决什么问题, 问题
        """,
        "strength": """
            intent, intention, how strong, how keen, keen, serious, interested, how likely, likelihood,
            probability, chance, chances, odds, stage, funnel, convert, conversion, hot lead, browsing,
            looking around, window shopper, window shopping, ready to buy, decided, decision, deciding,
            considering, want to buy, wants to buy, real buyer, committed, journey, in the market,
            prospect, deal, made up, go through, interest, determined, warm, cold, potential, intend,
            intends, probable, likely, persuade,
            意向, 意图, 意愿, 兴趣, 感兴趣, 认真, 可能性, 概率, 几率, 机会, 阶段, 转化, 随便看看, 逛逛,
            会不会买, 想不想买, 准备好, 决定, 真的想, 只看不买, 成交, 决心, 旅程, 好奇, 有戏, 拿定主意,
            打算, 坚定, 线索热, 等级, 潜在, 强不强, 可能
        """,
        "next": """
            next, next step, afterwards, after this, after that, step, move, about to, going to do, do now,
            cart, basket, check out, checkout, abandon, leave, leaving, return it, refund, compare,
            support, search again, response, react, action, up to next, on the cards, go straight, lose,
            click, clicks, wishlist, call from, get in touch, happens, from here, money back, page, cancel,
            drop out, hand over, best respond, come back, measure,
            下一步, 接下来, 之后, 下一个, 动作, 行为, 购物车, 加购, 结算, 付款, 放弃, 弃单, 离开, 走了,
            退货, 退款, 联系客服, 回应, 采取, 行动, 该做什么, 怎么做, 会干什么, 搜索, 接着, 苗头, 失去,
            点哪里, 收藏, 打电话来, 联系我们, 然后, 流失, 退钱, 取消, 转人工, 页面, 退换, 后面会
        """,
        "grounds": """
            explain, evidence, proof, prove, quote, quotes, words, word, phrase, phrases, sentence,
            sentences, based on, base this, basis, conclusion, justify, how do you know, makes you think,
            made you say, you say, say that, told me, come from, prediction, result, number, label,
            judgement, score, believe, model say, model says, back that up, passage, tipped, reasoning,
            gave you the idea, idea, lines, grounds, how can you tell, source, signs, see that,
            did you see, supports, support this, worked out, percentage, percent, claim, answer, founded,
            解释, 说明, 依据, 根据, 证据, 原话, 哪些话, 哪句话, 哪些词, 凭什么, 得出, 结论, 判断, 结果,
            怎么知道, 怎么算, 算出来, 预测的, 标签, 数字, 可信, 你说, 这么说, 模型说, 让你觉得, 拿出,
            哪一段, 倾向, 不信, 看到了, 推理, 凭, 哪几句, 支持, 何在, 看出来, 来源, 迹象, 百分比, 怎么来,
            说法, 分数
        """,
        "which": """
            which one, which of these, which of the, which product, which item, which model, recommend,
            suggest, suggestion, best option, best match, best, rank, sort, in order, order the,
            candidates, list, options, suits, suit, suitable, right for, fits what, pick, choose,
            should i buy, should i take, offer, products, product, winner, match, which would,
            help me choose, if you were me, most fitting, fitting, fit, lead the, first or the second,
            top three, top, line up, advise, advice, better, go for, compare, narrow, show her, articles,
            article, items, item,
            哪个, 哪款, 哪一款, 哪一个, 哪件, 哪张, 哪些商品, 推荐, 排序, 排个序, 排一下, 排列, 候选, 清单,
            选, 适合, 合适, 匹配, 满足, 最好, 什么产品, 商品, 型号, 契合, 挑, 换作, 主推, 第一个, 第二个,
            前三, 建议买, 购买建议, 排好, 更好, 更适合, 缩小范围, 顺序, 货品, 看哪几款
        """,
        "whole": """
            everything, all at once, whole, overview, full, complete, summary, summarise, summarize,
            picture, profile, brief, analyse, analyze, analysis, assess, size up, the story, all in all,
            all sides, know about, tell about, going on with, dealing with, make of, understood,
            understand, break down, reading, nutshell, usual, forecast, appointment, meeting, predictions,
            all your, sum up, assessment, describe, kind of, situation, report, overall, impression,
            highlights, look at this, prepare, about this,
            整体, 全面, 完整, 总结, 概况, 综合, 分析, 情况, 介绍, 了解一下, 怎么样, 怎么看, 看看这段,
            各方面, 评估, 什么样, 说说, 捋, 概括, 照例, 见面, 开会, 所有预测, 总体, 画像, 状况, 报告,
            总的来说, 了解多少, 印象, 重点, 全部, 注意, 什么客户
        """,
        "assistant": """
            what can you do, help, how does this work, who are you, can i ask you,
            你能做什么, 帮助, 怎么用, 你是谁, 问你什么, 什么功能
        """,
    }.items()
}
"""Words that mean much the same in a question here. A word may stand in several lists."""
