"""The small words behind ``subjects``: those that tell nothing about the product, and those that point back.

Chinese entries are simplified: a text is brought to simplified characters before it is read.
"""

from __future__ import annotations

ENGLISH_STOP = """
a an the this that these those it its one ones he she they them him her his hers their theirs i me my mine myself we us
our ours you your yours who whom whose which what when where why how there here some any all both each every either
neither none no nor not never ever n't and or but so if then than because as while until since though although of in on
at by to from for with without about into onto over under after before between during through against up down out off
again further once only own same such too very just even still also yet already almost quite rather really pretty much
many more most less least few lot lots bit little enough else other others another am is are was were be been being do
does did done doing have has had having will would shall should can could may might must ought need needs let lets get
gets got getting gotten give gives gave given go goes going went gone come comes came make makes made take takes took
taken put puts say says said tell told see sees saw seen look looks looking looked want wants wanted like likes liked
love loved lovely know knows knew known think thinks thinking thought feel feels felt find finds found try tries tried
use uses used using keep keeps kept seem seems mean means work works worked working turn turned call called ask asked
asking help start started begin stop stopped change changed move moved show shown actually maybe perhaps probably
apparently definitely honestly basically literally simply finally eventually instead anyway please thanks thank cheers
sorry hi hello hey ok okay yes yeah yep nope oh ha haha lol wow hmm ah sure fine good great nice best better bad worse
worst big bigger small smaller long short old older new newer first second third last next right left well fast quick
quickly slow easy easier hard ready happy sad worth perfect decent proper real thing things stuff something anything
nothing everything someone anyone everyone people person guys folk man woman way ways kind sort type part number word
day days today tonight tomorrow yesterday week weeks weekend month months year years hour hours minute minutes min mins
morning evening night noon time times date moment now later soon sooner early late ago monday tuesday wednesday thursday
friday saturday sunday january february march april may june july august september october november december summer
winter spring autumn black xmas buy buys buying bought purchase purchased order orders ordered ordering price prices
priced cheap cheaper cheapest expensive dear cost costs sale sales deal deals offer offers discount discounts code codes
coupon voucher promo promotion free money pound pounds quid dollar dollars buck budget pay pays paid paying payment card
checkout check checked basket cart shop shops shopping store stores online website site app product products item items
brand brands model models version review reviews rating star stars recommend recommended recommendation recommendations
suggestion suggestions advice idea ideas option options choice choose chosen compare compared versus vs difference
differ stock available availability left delivery deliver delivered deliver deliveries ship ships shipped shipping post
posted arrive arrives arrived arriving dispatch dispatched tracking track parcel package pack box collect collection
click return returns returned returning refund refunds refunded exchange swap replace replaced replacement cancel
cancelled cancelling cancellation warranty guarantee customer service support team account email link page photo
picture size sizes sized colour colours color colors red blue green white pink grey gray brown pair set kit bundle
piece pieces full half double single extra spare total per around round about near far away back front top bottom side
inside outside home house room place door life world family friend friends mum mom dad wife husband son daughter kid
kids child children brother sister baby girl boy lad office school job plan plans planning wait waiting waited hold
hope hoping wish decide decided torn stuck save saved saving spend spent wonder wondering heard read watch watched
believe remember forget forgot guess suppose matter care mind problem problems issue issues question questions answer
reason case point fact end fit fits fitted two three four five six seven eight nine ten hundred thousand dozen couple
don't isn't won't can't didn't doesn't wasn't aren't couldn't wouldn't i'm i've i'd i'll it's that's there's what's
"""

CHINESE_STOP = """
请问 这个 那个 哪个 这款 那款 哪款 这种 那种 哪种 这些 那些 哪些 这样 那样 怎样 怎么 怎么样 什么 为什么 多少 多少钱
几钱 几时 有没有 是不是 能不能 可不可以 可以 要不要 好不好 推荐 推介 求推荐 想买 想要 打算 准备 考虑 收到 收到了 到了
快递 物流 发货 发走 寄出 送货 到货 送到 包邮 下单 落单 订单 付款 付钱 支付 刷卡 付了 买了 买过 买的 已经 购买 购物车
加购 价格 价钱 便宜 贵 贵了 优惠 优惠券 券 打折 折扣 活动 活动价 满减 降价 涨价 预算 现货 库存 有货 缺货 断货 补货
退货 退款 换货 退了 售后 客服 店家 商家 卖家 老板 店里 网店 质量 品质 好评 差评 中评 追评 评价 测评 好用 好看 不错
还行 一般 可以的 满意 喜欢 值得 值 牌子 品牌 型号 款式 颜色 尺寸 大小 尺码 商品 产品 东西 宝贝 链接 图片 实物 真的
真实 觉得 感觉 知道 听说 看到 看看 看了 看过 问问 说说 想问 帮忙 麻烦 谢谢 多谢 唔该 唔该晒 你好 您好 在吗 亲 哈哈
大家 各位 朋友 有人 人家 别人 自己 我们 你们 他们 咱们 今天 明天 昨天 后天 今晚 今日 听日 现在 刚刚 刚才 马上 立刻
立即 之前 之后 以后 以前 后来 最近 上次 下次 这次 时候 时间 一下 一点 一个 一些 一起 一直 一样 一定 两个 几个 还是
或者 但是 不过 而且 因为 所以 如果 虽然 然后 就是 只是 其实 可能 应该 好像 终于 居然 竟然 果然 到底 究竟 反正 赶紧
赶快 需要 不要 不用 不想 不买 不买了 算了 没有 冇 不是 不会 不能 不行 不知 知不知 已 星期 礼拜 周末 周一 周二 周三
周四 周五 周六 周日 月底 月初 年底 小时 分钟 早上 晚上 中午 下午 上午 每天 每次 天天 家里 家用 我家 公司 上班 单位
问题 区别 差别 哪里 边度 边个 边款 点解 点样 咩 乜 开始 继续 直接 特别 非常 比较 有点 太 挺 超级 完全 全部 所有 别的
其他 另外 以及 再说 再买 再来 选择 选哪 对比 比价 纠结 种草 拔草 剁手 双十一 双11 六一八 黑五 双十二 能用 够用 使用
用了 用过 用着 怎么选 怎样选 哪家 朋友圈 小红书 直播间 淘宝 京东 拼多多 老公 老婆 老妈 老爸 妈妈 爸爸 我妈 我爸 孩子
小孩 儿子 女儿 宝宝 男友 女友 同事 老人 长辈 女生 男生 适合 合适 送人 送礼 礼物 生日礼物 黑色 白色 红色 蓝色 灰色 绿色
粉色 黄色 大号 小号 中号 加大 师傅 安装 上门 保修 质保 发票 店铺 旗舰店 官方 官网 正品 二手 全新 新款 旧款 同款
"""

CHINESE_PARTICLES = (
    "的了吗呢吧啊呀嘛哦噢喔哈啦喇嘅咗啲嗰喺系唔冇佢哋俾畀睇攞嚟咁之乎者是在我你您他她它们就都也还很又再才刚和跟与或及把被给让对从到向往于以而但且"
    "若要会能可想有没不无这那哪啥么什个只些每某几多少两一二三四五六七八九十百千万上下里外前后中间去来过着得地等更最太真好点"
)

REFERS_BACK = (
    r"\b(?:it|its|it's|them|they|those|these|this|that one|that|the one|ones?|mine|same|another|either|both|which)\b"
    r"|这个|那个|这款|那款|哪款|这双|那双|这台|那台|这件|那件|这条|那条|这盒|那盒|这张|那张|嗰|呢款|呢部|它|上次|刚才|还是|再来|这两|那两|两款|那就"
    r"|改成|改到|提前|推迟"
)
"""Words by which a shopper points at what he spoke of before."""

REFUSES = (
    r"\b(?:decided against|changed my mind|forget (?:it|that)|never mind|leave it|not (?:buying|bothering)|no longer"
    r"|don't need|won't bother|cancel|nope|skip(?:ping)? it|giv(?:e|ing) up|call it off|not for me|no .{1,20} for me)\b"
    r"|不买了|不要了|算了|唔买|唔要|不考虑了|放弃|取消|不用了|不需要了|不想要了|不想买了|拔草"
)
"""Words that turn something down: they speak of the thing turned down, whatever else is named."""

NOT_MEANT = (
    r"(?:\b(?:isn't|not|no|than|instead of|rather than|except|unlike) (?:an? |the |another )?"
    r"|(?:不是|不要|除了|而不是|比))$"
)
"""A product named right after these is not the one spoken of."""

HAS_BOUGHT = (
    r"\b(?:arrived|turned up|came (?:today|yesterday)|refund(?:ed)?|returning|returned|exchange|swap(?:ped)?"
    r"|where is my|where's my|my order|has been delivered|just bought|i bought|stopped working|warranty claim)\b"
    r"|收到|到了|已经付款|付款了|付款成功|退货|退款|换货|维修|发货了|怎么退|用了|追评|补评|还没发|还没到"
)
"""Words of one who has the thing, paid for it or gives it back."""

NEGATIONS = r"\b(?:not|no|never|without|cannot)\b|n't|[不没别未无冇唔勿]"

TRADITIONAL = (
    "這这個个們们來来對对時时會会說说還还沒没過过後后裡里裏里麼么嗎吗買买賣卖價价錢钱貨货單单訂订購购換换問问請请謝谢"
    "運运費费發发貴贵優优滿满減减評评論论質质電电話话機机腦脑筆笔記记視视聽听顯显螢萤鍵键鏡镜頭头殼壳線线無无藍蓝響响"
    "風风熱热氣气濕湿淨净塵尘掃扫衛卫櫃柜廚厨鍋锅爐炉燈灯蠟蜡燭烛門门鎖锁簾帘墊垫蓆席傘伞襪袜褲裤裝装襯衬領领帶带圍围"
    "飾饰鏈链錶表環环釘钉針针織织絨绒綿绵麗丽妝妆膚肤膠胶臉脸髮发護护潔洁鬚须濾滤嬰婴兒儿車车輪轮紙纸寶宝貝贝學学書书"
    "圖图畫画樂乐積积遊游戲戏貓猫糧粮驅驱蟲虫籠笼魚鱼帳帐營营燒烧騎骑腳脚動动籃篮網网鋼钢彈弹葉叶餅饼乾干蘋苹鮮鲜飯饭"
    "麵面麥麦種种類类樣样幾几點点塊块條条雙双張张隻只員员間间關关開开閉闭當当從从應应該该為为與与於于嘗尝試试實实體体"
    "號号碼码寬宽長长兩两萬万億亿歲岁顆颗題题覺觉變变讓让認认識识選选擇择較较舊旧壞坏斷断補补壓压縮缩檯台臺台廠厂廣广"
    "東东區区國国園园場场陽阳陰阴雲云霧雾靜静聲声輕轻鬆松緊紧確确級级紅红綠绿黃黄銀银鐵铁銅铜鑽钻屬属醫医藥药療疗養养"
    "維维術术項项鍊链墜坠隨随擔担擋挡攜携攝摄擺摆據据損损撿捡搶抢擠挤掛挂採采報报執执處处備备傷伤傳传僅仅儲储勵励勁劲"
    "勝胜務务廳厅廁厕廢废彎弯徑径復复徵征恆恒恥耻憂忧懶懒戶户拋抛揀拣曬晒暈晕暢畅曆历樓楼樹树橋桥檢检歡欢歐欧殘残毀毁"
    "漲涨滾滚漢汉潛潜潤润澤泽灣湾燙烫爺爷爛烂牆墙獎奖獨独獲获現现瑪玛瑣琐產产畢毕異异盜盗盤盘礎础禮礼稅税穩稳競竞節节"
    "範范簡简簽签籤签糾纠紋纹納纳純纯細细終终組组結结絕绝給给絲丝經经綁绑緣缘編编練练縣县縫缝總总繞绕繡绣繩绳續续罰罚"
    "羅罗義义習习聖圣聯联職职膽胆臟脏舉举舖铺藝艺蘭兰蘇苏虧亏蠶蚕衝冲複复訊讯計计討讨訓训設设許许診诊詞词詢询誠诚誤误"
    "調调談谈諮咨講讲證证譯译讀读貢贡負负財财責责貼贴貸贷賠赔賺赚贈赠贊赞趕赶趙赵趨趋跡迹踐践躍跃軌轨軟软載载輔辅輛辆"
    "輸输轉转辦办農农遞递遠远適适遲迟遺遗鄉乡郵邮醬酱釀酿釋释錄录錯错鍛锻鏟铲鐘钟鐳镭鑰钥閃闪閱阅陳陈陸陆隊队階阶際际"
    "險险隱隐雜杂離离難难靈灵韓韩頁页順顺須须預预頻频額额顏颜願愿顧顾飄飘飛飞飲饮飽饱館馆驗验驚惊驟骤髒脏鬥斗鹽盐齊齐"
    "齒齿龍龙龜龟淚泪灑洒漿浆滲渗溫温測测涼凉決决況况準准凍冻劃划劇剧創创別别刪删剛刚則则勞劳勢势匯汇協协卻却參参叢丛"
    "吳吴嘆叹噴喷嚇吓嚴严囉啰團团圓圆壯壮壽寿夢梦夠够奪夺奮奋婦妇媽妈孫孙寧宁審审寫写將将專专尋寻導导層层岡冈島岛峽峡"
    "幣币師师帥帅幹干廟庙強强歸归妳你著着麽么盃杯傢家鬍胡壺壶鈕钮劑剂鋰锂釐厘鏽锈鉤钩輻辐騙骗違违約约紗纱絡络纖纤繪绘"
    "縷缕賬账銷销鎂镁鏤镂閣阁闊阔頓顿頸颈顛颠駛驶駝驼魯鲁鯊鲨鳳凤鴨鸭鵝鹅雞鸡蝦虾螞蚂蟻蚁禦御筍笋籌筹簍篓諾诺謎谜豬猪"
    "牀床獅狮狀状煙烟煩烦澀涩滯滞淺浅溝沟榮荣標标樁桩棧栈撐撑擴扩攪搅撥拨憑凭懷怀廂厢屜屉嶄崭墳坟塗涂噸吨啞哑剝剥劍剑"
    "凱凯側侧倉仓佈布併并侶侣俠侠償偿薦荐庫库頂顶輾辗緻致褸褛臘腊擾扰攏拢擻擞憶忆懸悬戀恋係系陣阵週周輩辈邊边進进內内"
    "數数闆板湊凑見见靚靓誕诞統统駕驾丟丢盞盏業业聞闻夾夹啟启寢寝訪访課课佔占幫帮晝昼艦舰飢饥餓饿親亲癢痒繳缴爾尔湯汤"
    "鋪铺戰战曉晓殺杀亂乱馬马慘惨捲卷檔档連连豐丰緞缎磚砖餵喂鳥鸟紮扎緒绪檸柠蔥葱薑姜鴿鸽蘿萝蔔卜綜综緩缓紐纽縱纵糞粪"
    "羨羡聰聪脹胀腸肠膩腻艙舱薩萨虛虚襲袭詳详詐诈諒谅謹谨豎竖貞贞貪贪販贩貿贸賀贺賓宾賞赏賢贤贏赢輝辉輯辑轟轰邏逻鄰邻"
    "醜丑鈔钞鈣钙鉛铅銳锐鋁铝鋸锯錘锤鎮镇闖闯闡阐隸隶韌韧頑顽頌颂頰颊頹颓飼饲餃饺餘余饅馒馳驰駐驻騷骚鬧闹魷鱿鮑鲍鯨鲸"
    "鱷鳄鴉鸦鷹鹰黨党齡龄"
)
"""Pairs of a traditional character and its simplified form, for the words shoppers use."""
