"""What shoppers ask of a product, in English and Chinese: properties, brands known by two names, what excludes.

A line of ``PROPERTIES`` is one property: family, its name, other English words | Chinese words (simplified; a text is
brought to that form before it is read). Words of one family exclude each other where the family is in ``EXCLUSIVE``: a
red shirt is no black one. It is a table, hence its length; own work, by the departments of a general shop.
"""

from __future__ import annotations

EXCLUSIVE = frozenset({"colour", "material", "audience"})
"""Families in which a product that names another property does not have the one asked for."""

PROPERTIES = """
colour: black, jet black, matte black | 黑色,黑的,纯黑,全黑,哑黑,黑款
colour: white, ivory, off white | 白色,白的,纯白,米白,奶白,白款
colour: red, burgundy, crimson, wine red | 红色,红的,酒红,大红,正红,红款
colour: blue, sky blue, light blue, royal blue | 蓝色,蓝的,天蓝,浅蓝,蓝款
colour: navy, navy blue, dark blue | 藏青,深蓝,海军蓝,藏蓝
colour: green, olive, khaki green, sage | 绿色,绿的,墨绿,军绿,薄荷绿
colour: grey, gray | 灰色,灰的,深灰,浅灰
colour: pink, rose pink, blush | 粉色,粉红,粉的,樱花粉
colour: yellow, mustard | 黄色,鹅黄,姜黄
colour: orange | 橙色,橘色
colour: purple, lilac, lavender | 紫色,香芋紫
colour: brown, tan, chocolate brown | 棕色,咖色,褐色,咖啡色
colour: beige, nude | 米色,杏色,奶油色,米黄,卡其,卡其色
colour: gold, golden, rose gold | 金色,玫瑰金,香槟金
colour: silver, silvery | 银色
colour: transparent, see through | 透明
material: leather, genuine leather, real leather, cowhide | 真皮,皮的,皮质,皮革,牛皮,头层皮
material: faux leather, vegan leather, pu leather, pu | 人造革,仿皮,皮纹
material: suede | 麂皮,反绒
material: cotton, organic cotton | 纯棉,棉质,全棉,棉的,棉
material: wool, merino, woollen, woolen | 羊毛,纯羊毛,毛呢
material: cashmere | 羊绒
material: silk, mulberry silk | 真丝,桑蚕丝,丝绸,蚕丝
material: linen, flax | 亚麻,棉麻
material: polyester | 涤纶,聚酯,化纤
material: nylon | 尼龙,锦纶
material: canvas | 帆布
material: denim | 牛仔布
material: goose down, duck down, down filled, feather | 鹅绒,鸭绒,白鹅绒
material: fleece, polar fleece | 抓绒,摇粒绒
material: velvet | 天鹅绒,丝绒
material: mesh | 网布,网面
material: solid wood, wood, wooden, oak, pine, beech | 实木,木质,木头,橡木,胡桃木,原木,松木
material: bamboo | 竹,竹制,竹子
material: stainless steel, steel | 不锈钢,304不锈钢,316不锈钢
material: cast iron | 铸铁,生铁
material: aluminium, aluminum | 铝合金,铝制
material: titanium | 钛,纯钛,钛合金
material: metal | 金属,铁艺
material: glass | 玻璃
material: ceramic, porcelain | 陶瓷,骨瓷
material: plastic | 塑料,塑胶
material: silicone | 硅胶
material: latex | 乳胶
material: memory foam | 记忆棉,慢回弹
material: rubber | 橡胶
material: rattan, wicker | 藤编
material: marble | 大理石,岩板
feature: waterproof, water proof, water resistant, watertight, ipx7, ip67, ip68, gore tex | 防水,防泼水,不怕水,防雨
feature: windproof | 防风
feature: breathable | 透气
feature: warm, thermal, insulated, fleece lined, winter warm | 保暖,加绒,加厚,暖和
feature: quick dry, quick drying, moisture wicking | 速干,快干
feature: noise cancelling, noise canceling, noise cancellation, noise reduction, anc | 降噪,主动降噪,消噪
feature: wireless, cordless, bluetooth, battery powered, cable free | 无线,无线蓝牙,蓝牙,无绳
feature: wired, corded | 有线
feature: open ear, bone conduction | 骨传导,开放式
feature: over ear | 头戴式,头戴,包耳
feature: in ear | 入耳式,入耳
feature: foldable, folding, collapsible, fold up, folds | 折叠,可折叠,能折叠
feature: portable, compact, travel size, pocket size, small footprint | 便携,小巧,迷你,随身,不占地方
feature: lightweight, light weight, ultralight, ultra light, featherlight | 轻便,轻量,轻薄,超轻,很轻
feature: quiet, silent, low noise, whisper quiet, noiseless | 静音,安静,低噪,噪音小,不吵
feature: fast charging, quick charge, fast charge, rapid charge | 快充,闪充
feature: rechargeable, usb rechargeable | 可充电,充电式,充电款
feature: long battery life, long battery, long lasting battery, all day battery | 长续航,续航长,续航久,超长续航
feature: non slip, anti slip, slip resistant, grippy | 防滑
feature: non stick, nonstick | 不粘
feature: dishwasher safe, dishwasher proof | 可机洗碗,可进洗碗机,洗碗机可用
feature: machine washable, washable | 可机洗,机洗,可水洗,可拆洗
feature: adjustable, height adjustable | 可调节,可升降,高度可调
feature: ergonomic, lumbar support, back support | 人体工学,护腰,腰托,腰靠
feature: cushioned, cushioning, padded, soft sole | 缓震,减震,软底,厚底
feature: wide fit, wide feet, wide toe, extra wide | 宽楦,宽脚,宽版,脚宽
feature: touchscreen, touch screen | 触屏,触摸屏
feature: mechanical | 机械
feature: hot swappable, hot swap | 热插拔
feature: backlit, rgb, illuminated | 背光,灯效,炫彩
feature: gaming, for gaming, esports | 游戏,电竞,打游戏
feature: energy saving, energy efficient, low energy, a rated, inverter | 节能,省电,一级能效,变频
feature: smart, app controlled, alexa, wifi enabled | 智能,远程控制,手机控制
feature: self emptying, self empty, auto empty | 自动集尘,自集尘
feature: mopping, mop function | 拖地,扫拖
feature: hepa | 高效滤网
feature: organic | 有机
feature: vegan, plant based, cruelty free | 纯素,植物基,零残忍
feature: gluten free | 无麸质
feature: grain free | 无谷,无谷物
feature: sugar free, no sugar, zero sugar, no added sugar, unsweetened | 无糖,零糖,0糖,不加糖,低糖
feature: decaf, decaffeinated, caffeine free | 低因,无咖啡因,脱因
feature: lactose free, dairy free | 无乳糖
feature: fragrance free, unscented, perfume free, no fragrance | 无香,无香精,无味,不含香精
feature: alcohol free | 无酒精,不含酒精
feature: sensitive skin, gentle, hypoallergenic | 敏感肌,敏感皮,敏皮,温和,防过敏,低敏,过敏
feature: oily skin, oil control, mattifying | 油皮,控油,油性皮肤
feature: dry skin, hydrating, moisturising, moisturizing | 干皮,保湿,补水,滋润,干性皮肤
feature: anti ageing, anti aging, anti wrinkle, firming | 抗老,抗皱,紧致
feature: dark roast | 深烘,深度烘焙
feature: light roast | 浅烘,浅度烘焙
feature: hooded, with a hood | 连帽,带帽
feature: long sleeve, long sleeved | 长袖
feature: short sleeve, short sleeved | 短袖
feature: high waist, high waisted | 高腰
feature: slim fit, slim | 修身,显瘦
feature: loose fit, relaxed fit, oversized, loose | 宽松,宽松版,肥一点
feature: with pockets, pockets | 有口袋,带口袋
feature: heated, heating | 加热,发热
feature: spill proof, spillproof, leakproof, leak proof | 防漏,不漏水,密封
feature: straw, with a straw | 吸管,带吸管
feature: refurbished, second hand, pre owned | 二手,翻新,官翻
feature: handmade, hand made | 手工,手作
feature: gift box, gift set, gift wrapped, boxed set, gift boxed | 礼盒,礼盒装,礼品装,送礼盒
feature: blackout, room darkening | 遮光,全遮光
feature: firm, extra firm | 偏硬,硬一点,硬的,硬床
feature: soft, plush | 柔软,偏软,软的,软一点
feature: usb c, type c, usbc | type-c,typec,usb-c
feature: magsafe, magnetic | 磁吸,磁力
feature: shockproof, rugged, drop proof, drop protection | 防摔,抗摔
feature: oled | 有机屏
feature: 4k, uhd, ultra hd | 4k超清,超高清
feature: trail, off road, hiking | 越野,登山,徒步
feature: running, jogging, marathon | 跑步,慢跑,马拉松
feature: football | 踢球
feature: formal, business, smart casual | 商务,正装,通勤,上班穿
feature: casual, everyday | 休闲,日常
feature: vintage, retro | 复古
feature: minimalist, simple design, plain | 简约,极简,素色
feature: solar, solar powered | 太阳能
feature: automatic, fully automatic | 全自动
feature: manual | 手动
feature: self inflating | 自动充气
feature: eco friendly, sustainable, recycled, biodegradable, compostable | 环保,可降解,再生
feature: anti blue light, blue light, flicker free, eye care | 防蓝光,护眼,无频闪
feature: instant | 速溶
feature: whole bean | 整豆
feature: pre ground | 研磨好的
feature: extra large, large capacity, big capacity, family size | 大容量,家庭装,大号
audience: kids, kid, children, child, childrens, toddler, junior, youth | 儿童,孩子,小孩,小朋友,小学生,宝贝用
audience: baby, infant, newborn | 婴儿,新生儿,宝宝,婴幼儿
audience: women, womens, ladies, lady, female, woman | 女士,女款,女生,女式,女性,女鞋,女装,女
audience: men, mens, male, gents, gentlemen, man | 男士,男款,男生,男式,男性,男鞋,男装,男
audience: seniors, elderly, older people, pensioner | 老人,老年人,长辈,中老年
"""

NO_PROPERTY = (
    "black friday;white noise;orange juice;green tea;gold coast;red bull;manual labour;smart phone;soft drink;"
    "wide range;"
    "plain english;firm offer;blue tooth;女儿;女友;女朋友;男友;男朋友;儿女;白菜;黑五;黑科技;棉签;黄金周;红包;绿茶;"
    "红茶;白茶;"
    "红酒;白酒;红米;女婿;男人婆;竹炭;白天;白送;游戏机;手工费;智能手机"
)
"""Words that hold the name of a property and tell none."""

RECIPIENTS = """
women | wife, mum, mom, mother, girlfriend, gf, sister, aunt, grandma, her | 老婆,妈妈,我妈,女友,女朋友,姐姐,妹妹
women | daughter in law, mother in law | 媳妇,婆婆,丈母娘,闺蜜
men | husband, dad, father, boyfriend, bf, brother, uncle, grandad, grandpa, him | 老公,爸爸,我爸,男友,男朋友
men | father in law | 哥哥,弟弟,岳父
kids | son, daughter, kid, kids, child, children, nephew, niece, grandson, toddler | 儿子,女儿,小孩,孩子,侄子,侄女
kids | granddaughter, little one | 外甥,孙子,孙女,娃
baby | baby, newborn, infant | 宝宝,婴儿,新生儿
"""
"""Whom something is for: audience | English, read after "for" or "gift for" | Chinese, read after 给 or 送."""

BRANDS = """
apple, iphone | 苹果
samsung, galaxy | 三星
huawei | 华为
xiaomi, redmi, mi | 小米,红米
oppo | 欧珀
honor | 荣耀
lenovo, thinkpad | 联想
dell | 戴尔
hp, hewlett packard | 惠普
asus, rog | 华硕,玩家国度
acer | 宏碁
microsoft | 微软
google, pixel | 谷歌
sony | 索尼
bose | 博士
sennheiser | 森海塞尔
jbl | 杰宝
edifier | 漫步者
philips | 飞利浦
panasonic | 松下
sharp | 夏普
tcl | 王牌
hisense | 海信
skyworth | 创维
midea | 美的
haier | 海尔
gree | 格力
joyoung | 九阳
supor | 苏泊尔
bear | 小熊
ecovacs | 科沃斯
roborock | 石头
dreame | 追觅
dyson | 戴森
siemens | 西门子
bosch | 博世
delonghi, de longhi | 德龙
nespresso | 奈斯派索
braun | 博朗
oral b, oralb | 欧乐b,欧乐
canon | 佳能
nikon | 尼康
fujifilm, fuji | 富士
dji | 大疆
gopro | 狗pro
logitech, logi | 罗技
razer | 雷蛇
anker | 安克
nintendo | 任天堂
nike | 耐克
adidas | 阿迪达斯,阿迪
puma | 彪马
new balance | 新百伦,纽巴伦
asics | 亚瑟士
skechers | 斯凯奇
converse | 匡威
vans | 范斯
li ning, lining | 李宁
anta | 安踏
columbia | 哥伦比亚
the north face, north face | 北面
uniqlo | 优衣库
muji | 无印良品
zara | 飒拉
levis | 李维斯
coach | 蔻驰
samsonite | 新秀丽
rimowa | 日默瓦
casio | 卡西欧
citizen | 西铁城
seiko | 精工
swarovski | 施华洛世奇
pandora | 潘多拉
estee lauder | 雅诗兰黛
lancome | 兰蔻
loreal | 欧莱雅,巴黎欧莱雅
olay | 玉兰油
shiseido | 资生堂
kiehls | 科颜氏
clinique | 倩碧
la roche posay | 理肤泉
avene | 雅漾
cerave | 适乐肤
cetaphil | 丝塔芙
curel | 珂润
winona | 薇诺娜
proya | 珀莱雅
dior | 迪奥
chanel | 香奈儿
mac | 魅可
tefal | 特福
zwilling | 双立人
le creuset | 酷彩
thermos | 膳魔师
tiger | 虎牌
zojirushi | 象印
stanley | 史丹利
ikea | 宜家
lego | 乐高
pampers | 帮宝适
huggies | 好奇
kao, merries | 花王,妙而舒
aptamil | 爱他美
friso | 美素佳儿
feihe | 飞鹤
royal canin | 皇家
orijen | 渴望
giant | 捷安特
brita | 碧然德
starbucks | 星巴克
nestle, nescafe | 雀巢
illy | 意利
"""
"""Brands with a Chinese name: they are only looked for where a candidate has them."""

CONSUMABLES = frozenset(
    [
        "ink cartridge",
        "coffee bean",
        "tea bag",
        "dishwasher tablet",
        "toothpaste",
        "candle",
        "bin bag",
        "lawn feed",
        "lipstick",
        "foundation makeup",
        "mascara",
        "sheet mask",
        "cleanser",
        "serum",
        "sunscreen",
        "perfume",
        "shampoo",
        "hair dye",
        "shower gel",
        "nail polish",
        "cotton pad",
        "deodorant",
        "vitamin",
        "protein powder",
        "painkiller",
        "sanitary pad",
        "toilet paper",
        "formula milk",
        "nappy",
        "baby wipe",
        "dog food",
        "cat food",
        "cat litter",
        "flea treatment",
        "detergent",
        "washing up liquid",
        "insect repellent",
        "chocolate",
        "biscuit",
        "nut gift box",
        "wine",
        "whisky",
        "craft beer",
        "oat milk",
        "olive oil",
        "basmati rice",
        "mooncake",
        "zongzi",
        "birthday cake",
        "fruit basket",
        "honey",
        "steak",
        "bird nest",
        "yarn",
        "acrylic paint",
    ]
)
"""First names of the kinds of product that are used up and bought again."""

MARKETING = frozenset(
    [
        "new",
        "hot",
        "best",
        "top",
        "pro",
        "plus",
        "max",
        "mini",
        "ultra",
        "lite",
        "deluxe",
        "premium",
        "classic",
        "original",
        "official",
        "genuine",
        "quality",
        "style",
        "edition",
        "series",
        "version",
        "fashion",
        "hit",
        "sale",
        "free",
        "home",
        "set",
        "pack",
        "pcs",
        "piece",
        "pieces",
        "the",
        "and",
        "with",
        "for",
    ]
)
"""Words in names of products that tell nothing a shopper asks for."""
