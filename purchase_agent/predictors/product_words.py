"""What shops sell, by name: one kind of product a line, English | Chinese (Hong Kong and Taiwan words among them).

The list follows the departments of a general shop, not any data set; a kind is as wide as the words a shopper would
swap freely. A longer entry wins over a shorter one inside it: a phone case is no phone. English entries are singular
(the plural is read too); words with a common second meaning (watch, case, ring, board) stand only inside longer
entries or in the plural. It is a table, hence its length.
"""

from __future__ import annotations

PRODUCTS = """
phone, smartphone, cellphone, mobile phone, iphone, android phone | 手机,智能机,苹果机,iphone
phone case, phone cover, iphone case, galaxy case | 手机壳,手机套,保护壳,手机保护套
screen protector, tempered glass | 钢化膜,手机膜,保护贴,屏幕膜
charger, wireless charger, charging pad, charging dock | 充电器,充电头,无线充,快充头
power bank, battery pack | 充电宝,移动电源,行动电源,尿袋
cable, usb c cable, hdmi cable | 数据线,充电线,转接头,扩展坞
laptop, notebook computer, macbook, chromebook, ultrabook, thinkpad | 笔记本电脑,笔记本,笔电,手提电脑,轻薄本,游戏本
ipad, android tablet, drawing tablet | 平板电脑,平板,ipad,学习机,数位板
desktop computer, gaming pc, mini pc, graphics card, gpu | 台式机,电脑主机,主机板,显卡,组装机
computer monitor, monitor, 4k display, ultrawide | 显示器,显示屏,萤幕,电脑屏幕,荧幕
keyboard, mechanical keyboard, keycap | 键盘,键帽
gaming mouse, wireless mouse, mouse pad | 鼠标,滑鼠,鼠标垫
printer, laserjet, inkjet | 打印机,列印机,印表机
ink cartridge, toner, printer ink | 墨盒,硒鼓,墨水匣,碳粉
router, wifi extender, mesh wifi | 路由器,无线路由,分享器
headphone, earphone, earbud, headset, airpod, noise cancelling | 耳机,蓝牙耳机,降噪耳机,airpods,耳塞式
soundbar, bluetooth speaker, speaker | 音箱,音响,喇叭,回音壁,蓝牙音箱
tv, television, oled tv, smart tv | 电视,电视机,智能电视
projector | 投影仪,投影机
camera, dslr, mirrorless, camcorder, instant camera | 相机,单反,微单,拍立得,照相机
camera lens, zoom lens, prime lens | 镜头,定焦
tripod, gimbal, selfie stick | 三脚架,云台,自拍杆,稳定器
drone, quadcopter | 无人机,航拍机
smartwatch, smart watch, fitness tracker, fitness band | 智能手表,手环,运动手表
kid watch, kids smartwatch | 儿童手表,电话手表
wristwatch, automatic watch, dress watch, diver watch, watch strap | 手表,腕表,机械表,石英表,表带
game console, playstation, ps5, xbox, nintendo switch, handheld console, steam deck | 游戏机,主机游戏,掌机,switch,ps5
ssd, hard drive, memory card, usb stick, nas | 硬盘,固态,内存卡,优盘,记忆卡,随身碟
ereader, e reader, kindle | 电子书阅读器,电纸书,电子阅读器,kindle
dash cam, dashcam | 行车记录仪,记录仪,行车纪录器
security camera, video doorbell, cctv, doorbell | 监控,摄像头,门铃,猫眼
smart lock, door lock, padlock | 智能锁,门锁,指纹锁,密码锁
fridge, refrigerator, freezer, fridge freezer | 冰箱,雪柜,冰柜,冷柜
car fridge, cool box, cooler box | 车载冰箱,保温箱,车用冰箱
washing machine, washer dryer, washer | 洗衣机,滚筒洗衣,波轮,洗烘一体
tumble dryer, clothes dryer, heat pump dryer | 烘干机,干衣机,干衣
clothes airer, drying rack, washing line | 晾衣架,晾衣杆,晾衣机,衣架
dishwasher | 洗碗机,洗碗碟机
dishwasher tablet, dishwasher salt, rinse aid | 洗碗块,洗碗粉,洗碗凝珠
oven, toaster oven, pizza oven | 烤箱,焗炉,蒸烤箱
oven glove, oven mitt, apron | 隔热手套,围裙
microwave | 微波炉
hob, induction hob, gas stove, cooktop, cooker hood, range hood | 燃气灶,电磁炉,煤气炉,油烟机,抽油烟机
kettle, electric kettle | 电热水壶,烧水壶,热水壶,电水壶
toaster, sandwich maker, waffle maker | 多士炉,吐司机,面包机,三明治机
coffee machine, coffee maker, espresso machine, cafetiere, french press, nespresso | 咖啡机,胶囊机,摩卡壶,手冲壶
coffee grinder, burr grinder, grinder | 磨豆机,研磨机
coffee bean, ground coffee, coffee pod, instant coffee, cold brew | 咖啡豆,咖啡粉,挂耳,速溶咖啡,咖啡液
tea bag, green tea, matcha, herbal tea, loose leaf | 茶叶,绿茶,红茶,普洱,龙井,抹茶,乌龙茶,白茶
teapot, tea set | 茶具,茶壶,茶杯,盖碗
blender, juicer, smoothie maker, food processor | 榨汁机,破壁机,料理机,搅拌机,豆浆机,原汁机
air fryer, deep fryer | 空气炸锅,气炸锅,炸锅
rice cooker | 电饭煲,电饭锅,电子锅
pressure cooker, slow cooker, instant pot | 高压锅,压力锅,电炖锅,慢炖锅,电压力锅
stand mixer, hand mixer | 厨师机,打蛋器,和面机
vacuum cleaner, hoover, cordless vacuum, vacuum | 吸尘器,除螨仪
robot vacuum, robovac, roomba | 扫地机,扫地机器人,扫拖一体,扫拖机
mop, mop head, spin mop, steam mop, broom | 拖把,洗地机,地拖,扫把
air purifier, hepa | 空气净化器,空气清净机,空净,甲醛净化
humidifier | 加湿器,加湿机,保湿机
dehumidifier | 除湿机,抽湿机,除湿器
fan, tower fan, desk fan, ceiling fan | 电风扇,风扇,循环扇,落地扇,吊扇
air conditioner, aircon, portable ac | 空调,冷气机,冷气,挂机
heater, radiator, oil radiator, fan heater, space heater | 取暖器,暖风机,电暖器,油汀,暖炉,小太阳
electric blanket, heated blanket, hot water bottle | 电热毯,热水袋,暖手宝,电毯
steam iron, garment steamer, ironing board | 熨斗,挂烫机,烫斗,熨烫机
sewing machine, overlocker | 缝纫机,衣车
water filter, water purifier, reverse osmosis, filter jug | 净水器,净水机,滤水器,滤水壶,反渗透
water heater, boiler | 热水器,壁挂炉
hair dryer, hairdryer | 吹风机,电吹风,风筒
hair straightener, curling iron, curling wand | 卷发棒,直发器,夹板
shaver, razor, beard trimmer, hair clipper | 剃须刀,刮胡刀,须刨,理发器
electric toothbrush, toothbrush, water flosser | 电动牙刷,牙刷,冲牙器,水牙线
toothpaste, mouthwash, dental floss | 牙膏,漱口水,牙线
massager, massage gun, massage chair | 按摩仪,筋膜枪,按摩椅,按摩枪,按摩器
bathroom scale, kitchen scale, body fat scale | 体重秤,体脂秤,电子秤,厨房秤
thermometer, blood pressure monitor, glucose meter, oximeter | 体温计,血压计,额温枪,血糖仪,血氧仪
hearing aid | 助听器
wheelchair, mobility scooter, walking frame, rollator | 轮椅,代步车,助行器,拐杖
frying pan, saucepan, wok, casserole dish, cookware, skillet | 炒锅,不粘锅,平底锅,铁锅,汤锅,煎锅,锅具,砂锅
kitchen knife, chef knife, knife set, knife block | 菜刀,刀具,厨刀,水果刀
water bottle, thermos, travel mug, flask, tumbler | 保温杯,水杯,水壶,随行杯,杯子,水樽,吸管杯
mug, wine glass, dinner plate, dinnerware, crockery, cutlery, tableware | 碗碟,餐具,盘子,碗筷,马克杯,酒杯
lunch box, bento box, food container | 饭盒,便当盒,保鲜盒,保鲜膜
sofa, couch, sofa bed, settee, futon | 沙发,沙发床,梳化,梳化床
bed frame, bunk bed, bedstead | 床架,双层床,上下铺,实木床,高低床
mattress, mattress topper | 床垫,床褥,乳胶垫
pillow | 枕头,乳胶枕,记忆枕,枕芯
duvet, bedding, bed sheet, quilt, duvet cover, comforter | 被子,四件套,床单,被套,羽绒被,蚕丝被,床品,凉席
curtain, blind, blackout curtain, roller blind | 窗帘,百叶窗,卷帘,纱窗
mosquito net | 蚊帐
rug, carpet, doormat | 地毯,地垫,地席
dining table, dining set, coffee table | 餐桌,茶几,饭桌,餐桌椅
garden furniture, patio set, garden bench, garden table, parasol, outdoor furniture | 户外桌椅,遮阳伞,庭院桌椅,花园桌椅
standing desk, desk, writing desk | 升降桌,书桌,电脑桌,办公桌,学习桌
office chair, ergonomic chair, gaming chair, desk chair | 人体工学椅,办公椅,电脑椅,电竞椅,工学椅
armchair, stool, bar stool, recliner | 餐椅,凳子,懒人椅,摇椅,躺椅
wardrobe, chest of drawers, bedside table, nightstand | 衣柜,衣橱,床头柜,斗柜,五斗柜
bookcase, bookshelf, shelving unit, tv stand, tv unit | 书架,书柜,电视柜,置物架,层架,鞋柜
lamp, desk lamp, floor lamp, light bulb, chandelier, night light | 台灯,落地灯,吊灯,灯泡,吸顶灯,小夜灯,护眼灯
mirror | 镜子,穿衣镜,化妆镜
picture frame, photo frame, canvas print, frames | 相框,画框,装饰画,挂画
wall clock, alarm clock | 挂钟,闹钟
candle, diffuser, room spray, incense, essential oil | 香薰,蜡烛,精油,熏香,香氛,扩香
towel, bath mat, bathrobe | 毛巾,浴巾,浴袍
storage box, storage basket, organiser, vacuum bag | 收纳箱,收纳盒,收纳柜,整理箱
bin, trash can, pedal bin | 垃圾桶,垃圾箱
bin bag, bin liner, trash bag | 垃圾袋
drill, screwdriver, power tool, toolbox, impact driver, circular saw | 电钻,螺丝刀,工具箱,冲击钻,电锤,角磨机
ladder, step ladder | 梯子,人字梯,伸缩梯
emulsion paint, wall paint, wallpaper, floor tile, flooring | 墙纸,壁纸,乳胶漆,油漆,瓷砖,地板
mixer tap, kitchen tap, shower head, toilet seat, bidet, washbasin | 花洒,水龙头,马桶,马桶盖,智能马桶,浴霸
christmas tree, artificial tree, christmas light, fairy light, advent calendar, bauble | 圣诞树,彩灯
umbrella, brolly | 雨伞,折叠伞,晴雨伞,遮阳雨伞,伞
raincoat, poncho, waterproof jacket | 雨衣,雨披
lawn mower, lawnmower, strimmer, hedge trimmer, leaf blower | 割草机,剪草机,修枝机
lawn feed, compost bin, compost, fertiliser, fertilizer, potting soil | 花肥,营养土,肥料
secateur, pruner, spade, trowel | 修枝剪,园艺剪,铲子
hose, garden hose, hose reel, sprinkler | 水管,浇水,喷头
pressure washer, jet wash, power washer | 高压清洗机,洗车机,洗车水枪,高压水枪
greenhouse, shed, gazebo, awning, pergola | 温室,凉亭,雨棚
houseplant, plant pot, planter, flower seed, rose bush | 绿植,盆栽,多肉,花盆,种子,鲜花,花束
bird bath, bird feeder, bird table | 喂鸟器
bbq, barbecue grill, gas grill, smoker grill | 烧烤架,烤炉,烧烤炉
hammock, swing chair | 吊床,秋千
paddling pool, hot tub, inflatable pool, swimming pool | 充气泳池,泳池,戏水池
shoe, sneaker, trainers, running shoe, runners | 运动鞋,跑鞋,球鞋,波鞋,板鞋,休闲鞋,鞋子,鞋,篮球鞋,老爹鞋
heels, high heel, loafer, brogue, ballet flat | 高跟鞋,皮鞋,单鞋,乐福鞋
boots, ankle boot, hiking boot, walking boot, winter boot | 靴子,马丁靴,短靴,登山鞋,徒步鞋,雪地靴,长靴
football boot, football, basketball, volleyball, soccer ball | 足球,篮球,排球,足球鞋
wellies, welly, wellington, rain boot | 雨鞋,雨靴,水鞋
sandal, slipper, flip flop, crocs | 凉鞋,拖鞋,洞洞鞋,人字拖
coat, jacket, parka, trench coat, blazer, windbreaker, fleece, gilet | 外套,大衣,夹克,风衣,冲锋衣,皮衣,大褛
down jacket, puffer jacket, puffer | 羽绒服,羽绒,棉服,羽绒衣
jumper, sweater, hoodie, cardigan, sweatshirt | 毛衣,卫衣,针织衫,开衫,羊毛衫,帽衫,羊绒衫
shirt, blouse, polo shirt | 衬衫,衬衣,恤衫
t shirt, tshirt, tee, vest top | t恤,短袖,背心
trousers, jeans, legging, chino, jogger | 裤子,牛仔裤,长裤,西裤,打底裤,瑜伽裤,休闲裤
shorts | 短裤,沙滩裤
skirt | 半身裙,短裙,百褶裙
dress, maxi dress, prom dress, jumpsuit, evening gown | 连衣裙,裙子,礼服,晚礼服,旗袍,汉服,洋装
wedding dress, bridal gown, veil | 婚纱,头纱
suit, tuxedo, waistcoat | 西装,西服,领带,燕尾服
uniform, workwear, scrubs | 工服,校服,制服,工作服
bra, underwear, knickers, boxer, lingerie | 内衣,文胸,内裤,胸罩,保暖内衣,秋衣
sock, tights, stocking | 袜子,丝袜,长袜
pyjamas, pajamas, nightdress, dressing gown | 睡衣,睡裙,家居服
swimsuit, bikini, swimming costume, swim trunk, wetsuit | 泳衣,泳裤,比基尼,泳装
swimming goggles, swim goggle, snorkel | 泳镜,浮潜,潜水镜
hat, cap, beanie, sun hat | 帽子,棒球帽,渔夫帽,遮阳帽
scarf, shawl | 围巾,丝巾,披肩,颈巾
glove, mitten | 手套
leather belt, running belt | 皮带,腰带
handbag, tote, crossbody bag, clutch bag, shoulder bag, gym bag | 手提包,手袋,挎包,斜挎包,托特包,单肩包,包包,健身包
backpack, rucksack, school bag, laptop bag | 双肩包,背包,书包,背囊,电脑包
suitcase, luggage, carry on case, cabin case, spinner suitcase, hand luggage | 行李箱,拉杆箱,旅行箱,登机箱,行李喼
wallet, purse, card holder | 钱包,卡包,银包
sunglasses | 太阳镜,墨镜,太阳眼镜
glasses, spectacles, reading glasses, contact lens | 眼镜,隐形眼镜,美瞳,镜片,老花镜,近视镜
necklace, pendant | 项链,吊坠,颈链
engagement ring, wedding ring, diamond ring, gold ring | 戒指,钻戒,婚戒,对戒
earring, ear stud | 耳环,耳钉,耳坠
bracelet, bangle, charm bracelet | 手链,手镯,手串
lipstick, lip gloss, lip balm | 口红,唇膏,唇釉,唇彩
foundation makeup, concealer, makeup palette, eyeshadow, blusher, bronzer | 粉底,气垫,眼影,腮红,遮瑕,彩妆,散粉,隔离霜
mascara, eyeliner, eyelash | 睫毛膏,眼线笔,假睫毛,眉笔
sheet mask, clay mask, face mask | 面膜
cleanser, face wash, micellar water, makeup remover | 洗面奶,洁面,卸妆,洗面乳,卸妆水
serum, moisturiser, moisturizer, face cream, toner lotion, retinol, eye cream | 精华液,面霜,爽肤水,乳液,水乳,眼霜,化妆水
sunscreen, sun cream, spf, suncream | 防晒霜,防晒,防晒乳
perfume, fragrance, eau de parfum, cologne, aftershave | 香水,淡香,古龙水
shampoo, conditioner, hair mask, hair oil | 洗发水,护发素,发膜,洗头水,洗发露
hair dye, wig, hair extension | 染发,假发
shower gel, body wash, soap, body lotion, hand cream, bath bomb | 沐浴露,香皂,身体乳,护手霜,洗手液
nail polish, gel nail | 指甲油,美甲,甲油
cotton pad, cotton wool | 化妆棉,棉签,棉柔巾
deodorant, antiperspirant | 止汗,香体
vitamin, supplement, multivitamin, fish oil, probiotic, omega 3 | 维生素,保健品,鱼油,益生菌,钙片,维他命,叶酸
protein powder, whey, protein, collagen, creatine | 蛋白粉,乳清,胶原蛋白,肌酸,增肌粉
painkiller, cough syrup, hay fever tablet, plaster, first aid kit | 感冒药,退烧药,创可贴,药膏,口罩
sanitary pad, tampon, period pants | 卫生巾,棉条,安睡裤
toilet paper, toilet roll, kitchen roll, tissue | 抽纸,卫生纸,纸巾,卷纸,厨房纸
pram, stroller, pushchair, buggy | 婴儿车,婴儿推车,推车,遛娃神器,溜娃车
car seat, booster seat | 安全座椅,儿童座椅,汽座,增高垫
crib, baby cot, moses basket, cot mattress | 婴儿床,拼接床,床围
baby bottle, pacifier, teat | 奶瓶,奶嘴,安抚奶嘴
bottle warmer, steriliser, sterilizer | 温奶器,消毒柜,恒温壶,暖奶器,调奶器
formula milk, baby formula, infant formula, follow on milk | 奶粉,婴儿奶粉
nappy, nappies, diaper, pull up pant | 尿不湿,纸尿裤,拉拉裤,尿片,尿布
baby wipe, wet wipe | 湿巾,湿纸巾
bib, weaning spoon | 围嘴,口水巾,围兜
baby monitor | 婴儿监护器,宝宝监控,婴儿监视器
breast pump, nursing pillow, nursing bra | 吸奶器,哺乳枕
high chair, highchair | 儿童餐椅,宝宝餐椅
baby carrier, baby sling | 背带,腰凳
playpen, play mat, baby gate | 爬行垫,围栏,爬爬垫
toy, teddy bear, soft toy, action figure, toy kitchen, play kitchen, toy car | 玩具,毛绒玩具,公仔,遥控车,手办,盲盒
lego, building block, brick set | 乐高,积木
doll, dollhouse, barbie | 娃娃,芭比
board game, card game, jigsaw, puzzle | 桌游,拼图,棋牌,桌上游戏
trampoline, slide and swing, climbing frame | 蹦床,滑梯
stationery, fountain pen, pen, pencil case, paper planner, planner, diary | 文具,钢笔,笔袋,笔记本子,手账,笔盒,中性笔
books, novel, paperback, cookbook, audiobook | 书籍,小说,绘本,图书,教材,练习册
dog food, puppy food, kibble, dog treat | 狗粮,犬粮,狗零食
cat food, cat treat | 猫粮,猫罐头,猫条
cat litter, litter tray | 猫砂,猫砂盆,自动猫砂盆
cat tree, scratching post | 猫爬架,猫抓板
pet bed, dog bed, cat bed | 狗窝,猫窝,宠物窝
dog lead, dog leash, dog harness, dog collar | 牵引绳,狗绳,项圈
flea treatment, wormer, worming tablet | 驱虫药,驱虫,体外驱虫
pet feeder, pet fountain | 喂食器,宠物饮水机,自动喂食
aquarium, fish tank | 鱼缸,水族箱
tent, pop up tent, bell tent | 帐篷,天幕,帐幕
sleeping bag, camping mat, airbed, air mattress | 睡袋,防潮垫,充气床垫,充气床
camping stove, camping chair, camping table, camp bed | 露营椅,卡式炉,折叠椅,蛋卷桌,露营车
lantern, torch, headtorch, head torch, head lamp, flashlight, camping light | 露营灯,露营灯具,手电筒,头灯,电筒
trekking pole, hiking pole, walking pole | 登山杖,行山杖
binocular, telescope, spotting scope | 望远镜,天文望远镜
bike, bicycle, road bike, mountain bike, balance bike, folding bike | 自行车,单车,山地车,公路车,脚踏车,平衡车,折叠车
e bike, ebike, electric bike, pedelec | 电动车,电瓶车,电动自行车,电单车,电助力
scooter, electric scooter, e scooter, skateboard, longboard | 滑板车,滑板,电动滑板车
helmet, bike helmet | 头盔,安全帽,全盔,半盔
bike light, bicycle light, bike pump, bike bell | 车灯,尾灯,打气筒
bike lock, d lock, u lock | 车锁,单车锁
bike rack, roof box, roof rack, tow bar | 车顶箱,自行车架,车顶架,行李架
treadmill, walking pad | 跑步机,走步机
exercise bike, spin bike, cross trainer, elliptical | 动感单车,健身车,椭圆机
rowing machine, rower, water rower | 划船机
dumbbell, kettlebell, weight bench, barbell | 哑铃,杠铃,壶铃,卧推凳
yoga mat, foam roller, resistance band | 瑜伽垫,泡沫轴,弹力带
tennis racket, badminton racket, racquet, pickleball, paddle bat, table tennis | 球拍,羽毛球拍,网球拍,乒乓球,匹克球
golf club, putter, golf ball, golf bag | 高尔夫,球杆
ski, snowboard, ski jacket, ski boot, ski goggle | 滑雪板,雪板,滑雪服,雪镜,单板
ice skate, roller skate, rollerblade | 轮滑鞋,溜冰鞋,冰刀
kayak, canoe, paddleboard, paddle board, sup, inflatable sup | 桨板,皮划艇,直立板
fishing rod, fishing reel, tackle box | 鱼竿,渔轮,钓竿,钓箱
tyre, tires, winter tyre | 轮胎,雪地胎,雪胎,四季胎,车胎
car charger | 车载充电器,车充
car mat, floor mat | 脚垫,汽车脚垫,后备箱垫
screenwash, wiper blade, windscreen wiper | 玻璃水,雨刮,雨刷
jump starter, car battery | 搭电宝,汽车电瓶,应急启动
engine oil, motor oil | 机油
ev charger, wallbox | 充电桩,充电枪
guitar, acoustic guitar, electric guitar, bass guitar, ukulele | 吉他,尤克里里,结他,贝斯
piano, digital piano, electric piano | 钢琴,电钢琴,电子琴,电钢
violin, cello, flute, saxophone, drum kit, harmonica | 小提琴,大提琴,架子鼓,古筝,二胡,笛子
turntable, record player, vinyl | 唱片机,黑胶,唱机
microphone, webcam, ring light | 麦克风,补光灯,话筒,直播灯
pottery, clay kit, air dry clay, pottery wheel | 陶泥,黏土,陶艺
yarn, knitting needle, crochet, embroidery kit, cross stitch | 毛线,钩针,刺绣,十字绣
acrylic paint, watercolour, watercolor, easel, sketchbook | 水彩,颜料,画笔,画材,画板
fabric, sewing pattern | 布料,面料
invitation, greeting card, wedding invitation | 请柬,请帖,贺卡,喜帖,喜糖
detergent, laundry pod, fabric softener, washing powder | 洗衣液,洗衣粉,洗衣凝珠,柔顺剂
washing up liquid, bleach, limescale, descaler, cleaning spray | 洗洁精,除垢剂,清洁剂,消毒液,除垢
microfibre cloth, sponge, dishcloth | 抹布,百洁布,海绵
insect repellent, mosquito repellent, fly trap | 蚊香,驱蚊,灭蚊灯
chocolate, truffle, sweets, candy | 巧克力,糖果,朱古力
biscuit, cookie, cracker, crisp | 饼干,曲奇,薯片,曲奇饼
nut gift box, mixed nuts, almond, cashew, pistachio | 坚果,坚果礼盒,核桃,腰果,开心果
wine, red wine, white wine, champagne, prosecco | 红酒,葡萄酒,香槟,白葡萄酒
whisky, whiskey, gin, vodka, rum | 白酒,威士忌,茅台,洋酒
craft beer, beer kit, lager, homebrew, home brew | 啤酒,精酿,自酿
oat milk, yoghurt, yogurt | 牛奶,酸奶,燕麦奶,纯牛奶
olive oil, cooking oil | 橄榄油,食用油,花生油
basmati rice, flour, pasta, cereal, oatmeal | 大米,面粉,燕麦,麦片,意面,面条
mooncake, moon cake | 月饼,月饼礼盒
zongzi, rice dumpling | 粽子
birthday cake, cupcake | 蛋糕,生日蛋糕
fruit basket, fruit box, cherries, mango | 水果,车厘子,榴莲,果篮,芒果,草莓
honey, manuka | 蜂蜜,果酱
steak, salmon, sausage, ham, meat box | 牛排,海鲜,大闸蟹,牛肉,三文鱼,火腿,腊肉
bird nest, ginseng | 燕窝,人参,阿胶,海参,枸杞
concert ticket, theatre ticket, festival ticket | 门票,演唱会票
hotel, flight ticket, plane ticket, holiday package, train ticket | 酒店,机票,民宿,火车票
insurance, gift card, voucher card, subscription box | 保险,礼品卡,会员卡
"""
