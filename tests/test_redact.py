"""Personal data that must go, look-alikes that must stay, and the way back to what was written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purchase_agent.redact import KINDS, Redactor
from purchase_agent.redact.numbers import luhn
from tests.growth import LINEAR, growth

# ------------------------------------------------------------------------------------------------------ what must go
# Text, kind and value; the rest of the text must stay to the letter.
FOUND = [
    # e-mail
    ("mail ann.lee@example.org now", "EMAIL", "ann.lee@example.org"),
    ("mail ann+shop@mail.example.co.uk.", "EMAIL", "ann+shop@mail.example.co.uk"),
    ("<o'neil@example.com>", "EMAIL", "o'neil@example.com"),
    ("邮箱是lihua_88@163.com谢谢", "EMAIL", "lihua_88@163.com"),
    ("write john dot doe at gmail dot com pls", "EMAIL", "john dot doe at gmail dot com"),
    ("Reach me at tom dot baker at outlook dot com!", "EMAIL", "tom dot baker at outlook dot com"),
    ("it is john(at)x(dot)com ok", "EMAIL", "john(at)x(dot)com"),
    ("it is john [at] x [dot] com ok", "EMAIL", "john [at] x [dot] com"),
    ("my e-mail: kim at school dot edu", "EMAIL", "kim at school dot edu"),
    ("mike.ross @ gmail.com please", "EMAIL", "mike.ross @ gmail.com"),
    ("mail ann%40example.org", "EMAIL", "ann%40example.org"),
    ("mail ann&#64;example.org", "EMAIL", "ann&#64;example.org"),
    ("邮箱１０２３４＠ｑｑ．ｃｏｍ，开票", "EMAIL", "１０２３４＠ｑｑ．ｃｏｍ"),
    ("邮箱 zhangsan艾特qq点com 发我", "EMAIL", "zhangsan艾特qq点com"),
    ("邮箱amy_w#163.com谢谢", "EMAIL", "amy_w#163.com"),
    ("发我 38475@qq 谢谢", "EMAIL", "38475@qq"),
    ("mail a\u200bn\u200bn@exa\u200bmple.org ok", "EMAIL", "a\u200bn\u200bn@exa\u200bmple.org"),
    ("mail j o h n . d o e @ g m a i l . c o m please", "EMAIL", "j o h n . d o e @ g m a i l . c o m"),
    ("邮箱 zhangsan@@qq.com 发我", "EMAIL", "zhangsan@@qq.com"),
    ("mail ann＠example。com ok", "EMAIL", "ann＠example。com"),
    # telephone
    ("call +1 (415) 555-0182 today", "PHONE", "+1 (415) 555-0182"),
    ("call (415) 555-0182 today", "PHONE", "(415) 555-0182"),
    ("call 415-555-0182 today", "PHONE", "415-555-0182"),
    ("call 415.555.0182 today", "PHONE", "415.555.0182"),
    ("415 555 0182", "PHONE", "415 555 0182"),
    ("1-800-555-0199 is busy", "PHONE", "1-800-555-0199"),
    ("my no is 7021645199", "PHONE", "7021645199"),
    ("call me on 555-0134 about it", "PHONE", "555-0134"),
    ("+44 (0)20 7946 0321 ok", "PHONE", "+44 (0)20 7946 0321"),
    ("+44 7911 123456 ok", "PHONE", "+44 7911 123456"),
    ("07700 900123 ok", "PHONE", "07700 900123"),
    ("07700900123 ok", "PHONE", "07700900123"),
    ("020 7946 0321 ok", "PHONE", "020 7946 0321"),
    ("+49 151 23456789 bitte", "PHONE", "+49 151 23456789"),
    ("0049 30 1234567 bitte", "PHONE", "0049 30 1234567"),
    ("030/12345678 bitte", "PHONE", "030/12345678"),
    ("+33 6 12 34 56 78 svp", "PHONE", "+33 6 12 34 56 78"),
    ("+852 9123 4567 ok", "PHONE", "+852 9123 4567"),
    ("手机13812345678到货打我", "PHONE", "13812345678"),
    ("138 1234 5678", "PHONE", "138 1234 5678"),
    ("138-1234-5678", "PHONE", "138-1234-5678"),
    ("138.1234.5678", "PHONE", "138.1234.5678"),
    ("（+86）13812345678", "PHONE", "（+86）13812345678"),
    ("+86-138-1234-5678", "PHONE", "+86-138-1234-5678"),
    ("8613812345678", "PHONE", "8613812345678"),
    ("1 3 8 1 2 3 4 5 6 7 8", "PHONE", "1 3 8 1 2 3 4 5 6 7 8"),
    ("座机010-62345678", "PHONE", "010-62345678"),
    ("(0571)87654321", "PHONE", "(0571)87654321"),
    ("客服400-820-8820打不通", "PHONE", "400-820-8820"),
    ("打1３８-0013-8000", "PHONE", "1３８-0013-8000"),
    ("打１３９　８７６５　４３２１", "PHONE", "１３９　８７６５　４３２１"),
    ("打一三八零零一三八零零零找我", "PHONE", "一三八零零一三八零零零"),
    ("打幺三八〇〇幺三八〇〇〇找我", "PHONE", "幺三八〇〇幺三八〇〇〇"),
    ("打一三八-零零一三-八零零零找我", "PHONE", "一三八-零零一三-八零零零"),
    ("打13八00一38零00找我", "PHONE", "13八00一38零00"),
    ("打①③⑧⓪⓪①③⑧⓪⓪⓪找我", "PHONE", "①③⑧⓪⓪①③⑧⓪⓪⓪"),
    ("1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣ ok", "PHONE", "1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣"),
    ("138\u200b0013\u200b8000", "PHONE", "138\u200b0013\u200b8000"),
    ("dial two one two five five five zero one nine nine", "PHONE", "two one two five five five zero one nine nine"),
    (
        "one three eight double zero one three eight triple zero",
        "PHONE",
        "one three eight double zero one three eight triple zero",
    ),
    ("手机13800138000万一没接就发短信", "PHONE", "13800138000"),
    ("电话13800138000人不在就放门口", "PHONE", "13800138000"),
    ("我的手机号13800138000双十一前联系我", "PHONE", "13800138000"),
    ("联系我：13800138000次日送到", "PHONE", "13800138000"),
    ("手机13800138000元旦后打", "PHONE", "13800138000"),
    ("座机62345678人不在就留言", "PHONE", "62345678"),
    ("tel13800138000", "PHONE", "13800138000"),
    ("phone13800138000", "PHONE", "13800138000"),
    ("V13800138000", "PHONE", "13800138000"),
    ("call4155550182 now", "PHONE", "4155550182"),
    ("138*0013*8000", "PHONE", "138*0013*8000"),
    ("138、0013、8000", "PHONE", "138、0013、8000"),
    ("打138，9876，5432找我", "PHONE", "138，9876，5432"),
    ("电话138,1234,5678", "PHONE", "138,1234,5678"),
    # cards
    ("paid 4111 1111 1111 1111 twice", "CARD", "4111 1111 1111 1111"),
    ("paid 4111111111111111 twice", "CARD", "4111111111111111"),
    ("paid 5555-5555-5555-4444 twice", "CARD", "5555-5555-5555-4444"),
    ("paid 3782 822463 10005 twice", "CARD", "3782 822463 10005"),
    ("paid 378282246310005 twice", "CARD", "378282246310005"),
    ("paid 41 11 11 11 11 11 11 11 twice", "CARD", "41 11 11 11 11 11 11 11"),
    ("paid 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 twice", "CARD", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"),
    ("2 times 4111.1111.1111.1111", "CARD", "4111.1111.1111.1111"),
    ("刷了４１１１１１１１１１１１１１１１两次", "CARD", "４１１１１１１１１１１１１１１１"),
    ("刷了6222021234567890128两次", "CARD", "6222021234567890128"),
    ("四一一一一一一一一一一一一一一一", "CARD", "四一一一一一一一一一一一一一一一"),
    ("paid 4111*1111*1111*1111 twice", "CARD", "4111*1111*1111*1111"),
    ("paid 4111,1111,1111,1111 twice", "CARD", "4111,1111,1111,1111"),
    ("the cvv is 482", "CARD", "482"),
    # papers
    ("身份证11010519491231002X", "ID", "11010519491231002X"),
    ("110105 19491231 002x ok", "ID", "110105 19491231 002x"),
    ("旧证110105491231002", "ID", "110105491231002"),
    ("my SSN 123-45-6789 ok", "ID", "123-45-6789"),
    ("social security number: 123 45 6789", "ID", "123 45 6789"),
    ("AB 12 34 56 C", "ID", "AB 12 34 56 C"),
    ("NINO AB123456C", "ID", "AB123456C"),
    ("passport no. X12345678 ok", "ID", "X12345678"),
    ("my passport number is C01X00T47", "ID", "C01X00T47"),
    ("护照C01X00T47", "ID", "C01X00T47"),
    ("台湾身份证 A123456789", "ID", "A123456789"),
    ("香港身份证A123456(7)", "ID", "A123456(7)"),
    ("护照号：E12345678", "ID", "E12345678"),
    ("DE89 3704 0044 0532 0130 00 thanks", "ID", "DE89 3704 0044 0532 0130 00"),
    ("GB29NWBK60161331926819", "ID", "GB29NWBK60161331926819"),
    ("driver's license D1234567", "ID", "D1234567"),
    ("车牌沪A12345的脚垫", "ID", "沪A12345"),
    # addresses
    (
        "ship to 2210 Maple Ridge Road, Apt 5, Denver, CO 80203 soon",
        "ADDRESS",
        "2210 Maple Ridge Road, Apt 5, Denver, CO 80203",
    ),
    ("i live at 123 main st, can you", "ADDRESS", "123 main st"),
    ("at 350 5th Avenue, New York, NY 10118", "ADDRESS", "350 5th Avenue, New York, NY 10118"),
    ("send it to 15 Rosewood Drive, Leeds, LS6 2AB", "ADDRESS", "15 Rosewood Drive, Leeds, LS6 2AB"),
    ("P.O. Box 1187 please", "ADDRESS", "P.O. Box 1187"),
    ("deliver around SW1A 1AA ok", "ADDRESS", "SW1A 1AA"),
    ("in Austin, TX 78701 by friday", "ADDRESS", "Austin, TX 78701"),
    ("Lindenstraße 12, 10969 Berlin bitte", "ADDRESS", "Lindenstraße 12, 10969 Berlin"),
    ("my zip code is 90210 ok", "ADDRESS", "90210"),
    ("寄到浙江省杭州市西湖区文三路478号3幢2单元501室，谢谢", "ADDRESS", "浙江省杭州市西湖区文三路478号3幢2单元501室"),
    ("我住在北京市朝阳区建国路88号，想买", "ADDRESS", "北京市朝阳区建国路88号"),
    ("送到锦绣花园3栋2单元1102，上楼吗", "ADDRESS", "锦绣花园3栋2单元1102"),
    ("我在江苏省南京市鼓楼区，几天到", "ADDRESS", "江苏省南京市鼓楼区"),
    ("成都市武侯区天府大道中段530号，当日达吗", "ADDRESS", "成都市武侯区天府大道中段530号"),
    ("寄山东省青岛市市南区香港中路12号，急", "ADDRESS", "山东省青岛市市南区香港中路12号"),
    ("Adresse: Am Stadtpark 7, 22303 Hamburg, danke", "ADDRESS", "Am Stadtpark 7, 22303 Hamburg"),
    ("邮编310012，包邮吗", "ADDRESS", "310012"),
    # orders
    ("order #14254 is late", "ORDER", "14254"),
    ("my order no is 15487.", "ORDER", "15487"),
    ("order 112-4839201-7739201 is late", "ORDER", "112-4839201-7739201"),
    ("tracking 1Z999AA10123456784 stuck", "ORDER", "1Z999AA10123456784"),
    ("Invoice #INV-20931 shows", "ORDER", "INV-20931"),
    ("订单号2024031588123没发", "ORDER", "2024031588123"),
    ("快递单号：SF1029384756123三天没动", "ORDER", "SF1029384756123"),
    ("Rechnung Nr. RE-2024-00817 stimmt", "ORDER", "RE-2024-00817"),
    ("RR123456785CN 到哪了", "ORDER", "RR123456785CN"),
    # accounts
    ("account number 00123456 ok", "ACCOUNT", "00123456"),
    ("sort code 12-34-56 ok", "ACCOUNT", "12-34-56"),
    ("会员号80012345积分", "ACCOUNT", "80012345"),
    ("password is hunter22 ok", "ACCOUNT", "hunter22"),
    ("验证码482913是真的吗", "ACCOUNT", "482913"),
    # names
    ("my name is Rebecca Stone and I", "NAME", "Rebecca Stone"),
    ("my name is rebecca and i", "NAME", "rebecca"),
    ("Hi this is Maria Lopez calling about", "NAME", "Maria Lopez"),
    ("Recipient: Jane Doe, thanks", "NAME", "Jane Doe"),
    ("Hi, I'm John Smith and I want", "NAME", "John Smith"),
    ("I’m Anne-Marie O'Brien.", "NAME", "Anne-Marie O'Brien"),
    ("I am Li Wei from Leeds", "NAME", "Li Wei"),
    ("mein Name ist Jonas Weber, ich", "NAME", "Jonas Weber"),
    ("我叫王晓明，想买", "NAME", "王晓明"),
    ("我叫张伟想买冰箱", "NAME", "张伟"),
    ("收件人：陈思琪 谢谢", "NAME", "陈思琪"),
    ("姓名吴桐，要两箱", "NAME", "吴桐"),
    ("叫我Tony就行", "NAME", "Tony"),
    # handles
    ("微信 abc123 聊", "HANDLE", "abc123"),
    ("vx: lily-0912 这件", "HANDLE", "lily-0912"),
    ("加QQ384756102领券", "HANDLE", "384756102"),
    ("telegram @kate_buys99 ok", "HANDLE", "kate_buys99"),
    ("write @kate_buys99 ok", "HANDLE", "kate_buys99"),
    ("my line id is sunny_cat88 ok", "HANDLE", "sunny_cat88"),
    ("my instagram is lena.shops_01 ok", "HANDLE", "lena.shops_01"),
    # net
    ("我的ip是117.136.0.88不对", "IP", "117.136.0.88"),
    ("from 203.0.113.77 today", "IP", "203.0.113.77"),
    ("from 2001:db8::8a2e:370:7334 today", "IP", "2001:db8::8a2e:370:7334"),
    ("see https://x.example/reset?token=abc123 now", "URL", "https://x.example/reset?token=abc123"),
    ("see ftp://bob:pw1@files.example/a now", "URL", "ftp://bob:pw1@files.example/a"),
]


@pytest.mark.parametrize(("text", "kind", "value"), FOUND)
def test_personal_data_is_replaced(text, kind, value):
    redacted = Redactor().redact(text)
    assert redacted.text == text.replace(value, f"[{kind}_1]")
    (found,) = redacted.found
    assert (found.kind, text[found.start : found.end], found.placeholder) == (kind, value, f"[{kind}_1]")


# ---------------------------------------------------------------------------------------------------- what must stay
STAYS = """iPhone 15 Pro Max 256GB or iPhone 14?
Sony WH-1000XM5 vs Bose QC45
RTX 4090 under 1500 with a 5600X
is the 1080p projector better than 2160p
a 55 inch TV for $600, was $899.99
between 2000-3000 dollars
100-200 pieces, 24 per box
sizes 36 37 38 39 40 41 42 43 in stock?
my measurements are 38-30-40, 5'4", 135 lbs
bought on 2024-05-01 at 12:30:45
01/02/2024 or 01.02.2024, 20240501
2023-2024 collection, since 1998
1,299.00 vs 1.299,00 EUR
50% off, 3 for 2, buy 1 get 1
12V 5A adapter, 10000mAh, 65W
Ryzen 7 7800X3D with 32GB DDR5-6000 CL30
Galaxy S8 4GB and S9 6GB
BMW X5 4WD roof rack
MacBook M1 8GB 256GB
26 inch mountain road bike, 21 speed
2 way street style jacket
a 1 tb external hard drive
10 court shoes and 5 road bikes
3 piece set, 2 square pillows
I order 2 iPhones and 3 cases
in order to save 500 i wait
order 12 of them, returns within 30 days
tracking my steps with a watch 6
an invoice please
SKU 1234567890 in blue
model 8436002746 still sold?
item #9781234567
ISBN 9780306406156
EAN 4006381333931 scanned
looked at amazon.com and at nike dot com
available at walmart dot com now
I saw it at yahoo
@nike please restock the Air Max 97
2@5.99 or 3 @ $8
the price @ costco was lower
my name is on the order
my name was misspelled
the line is long, product line: premium
telegram channel with deals
WeChat payment accepted?
Mr Coffee machine, Dr Martens size 8
I'm happy, I'm size 12
this is Great Value
version 10.0.0.1 of the firmware
time 12:30 to 18:45
https://www.example.com/p/12345?color=red&size=9
see www.example.com/item/352505375594
one or two, maybe three four days
one two three four five six seven eight nine ten
two hundred and fifty dollars
ratio 16:9 4:3 21:9
2 x 4 x 8 ft, 100x200cm
4.5 stars, 12000 reviews
limited to 1000000 units
delivered in 3-5 days for 4.99
USB 3.2 Gen 2x2, Wi-Fi 6E
phone under 20000 with 5000 battery
phone 128 256 512
A4 paper 500 sheets, 80gsm
1500-2000 300 pieces
passport holder, passport cover in red
account for the difference of 20
gift card of 100 dollars
zip up hoodie 300 gsm
the address label printer 4x6
street style shoes 2024
in the 1990s and the 80s
levi's 501 in 32x34
PS5, XBOX 360, Switch 2
chanel no 5 100ml
grade 304 stainless, 18/10
1+1 offer, 5+ pieces
12 months at 0% then 49.99
WD-40 and 3M 5200
we are in Texas and it is 100 degrees
CPU i7-13700K or i9-14900KF
LEGO 75192 Millennium Falcon
the 2024 iPad Air 11 M2 128
iPhone15多少钱，预算5000-6000元
2000-3000元的手机推荐
手机预算2000-3000，128G还是256G
128+256都行，12+512太贵
5600X配B550M要多少钱
双11满300减50，第2件半价
2024年5月1日发的货，到现在3天了
5号发货，8号到，12月20日前要
买3双40码，2件XL，1条28码
身高165体重50公斤，穿M还是L
一二三四五六七八九十
等了三四天了，一两百块的东西
二〇二四年买的，用了一年半
一千二百三十四块五毛
WH-1000XM5和QC45选哪个
1080p够用还是上4K
70寸电视，3999，以旧换新减800
价格从1299涨到1599，涨了300
满1000减100，叠加500-50
评分4.8，月销10000+
路由器怎么选，家里120平
走路穿的鞋，公路车头盔
市场价比这个高，超市也有
小区门口的店没货
我叫他买的，我叫了外卖
我是油皮，我是黄黑皮
他说号码偏大，大一号就行
型号8436002746还有吗
货号1234567890黑色
微信支付能用吗，QQ音乐会员多少钱
订单3天没发货，订单2件都没到
快递2天到，运费10元
地址写错了怎么改，收货地址能改吗
不知道5号能不能到
电视挂在3楼客厅，楼上2层也要
要3室2厅的窗帘
2栋别墅都用这个牌子
北京发货吗，上海有没有实体店
广东的朋友说好用
生产日期20240501，保质期365天
密码锁怎么设置，验证码收不到
京东和淘宝哪个便宜
尺码36 37 38 39 40都有货吗
4299 4599 4799 4999哪档值得买
3-5天，10-15元，100-200克
第1名第2名都是它，no.1
A4纸500张，70g
3C认证，5G手机，8核16线程
九成新，七天无理由，三包
发票开公司的可以吗
姓名贴定制，收件人能改吗
账号被封了，会员199一年
护照夹皮的，身份证卡套
order in 2 weeks, order 100000 pieces
2 Abbey Road vinyls please
10 Downing Street poster
see section 4.3.2.1 of the manual
name on it is nice, this is Apple here
regards, Thanks
Windows 10.0.19045.2006
The North Face 1996 Retro Nuptse
Nikon D7500 18-140mm f/3.5-5.6
phone is 8 gb 256 gb 5000 mah
1 2 3 4 5 6 7 8 9 10 11 12
2024 2025 2026 calendars
pin is broken, otp not received
Product code 5060337502900
我叫马上退
解放路老店 和平路5号电池
零零后，九零后，八五折
一一一一一，六六六六六六
666666 好评 5201314 红包封面
家住6楼没电梯能送吗
收件人写的是我妈
小米14 16+1T 4999
4060ti 8g和3060 12g
电话卡 流量100G 59元
南京路步行街 中山公园店
sizes 138, 1400, 1500 mm wide
床板180*2000*1500，要两块
柜子150*2000*600mm能做吗
150、2000、3000都可以接受
选139、1299还是1599的
4299,4599,4799,4999哪档
4299、3999、3599、2999 降价了
rooms 2400*1200*1800*600
resolution 2560*1440, 3840*2160
1,299,000 views and 13,800 likes
全年卖了15000台，单价1380元
销量138000000次，好评率99%
手机卖了1380万台，13个月
电话手表卖了1000000台
电话卡100万流量，热线打了3000次
预算13800块，最多15000元
型号V1380013，T13800pro
model T13800138000 charger
model V15912345678 battery
SKU13800138000 in stock?
i9-13900K or i7-13700K for 1380 dollars
tel aviv shipping in 5 days
call of duty mw3 for ps5
mobile 4000mah, 128gb, 6.5 inch
phone 2000 to 3000 yuan
cell phone 6.7 inch 5000mah
passport cover 10x14 cm, rfid
passport size photo printer 300 dpi
身份证复印机A4多少钱
护照夹S24黑色
I'm happy with it, I'm Size Small.
I am South African and I'm Team Android.
I'm New York based, im Sommer kaufe ich
I'm Prime Member since 2019
I am Very Disappointed. I'm VERY ANGRY
this is Michael Kors, it's Air Jordan 1
I'm Calvin Klein fan, I am Lego mad
@apple @nike @decathlon which is lighter
4K@60Hz, 2 @ 5.99, i7 @4.5ghz
x @ y . z and 3 @@ 5
a b c d e f g sizes a, b, c
vitamin d 3 k 2 @ 5 . 99 each
2,400,1200 lumen and 3,000 K
2024、2025、2026款都行吗
元旦前要，双十一买的，个人觉得一般
300,5000,8000 mAh power banks
1380*0.5 off, 1*2*3 m
Parfum im Douglas gekauft, im Thomas Sabo Shop
Im Peter Hahn Katalog gesehen, I'm Ralph Lauren obsessed
价格有199、1999、1299三档，199、1599、1299这几款
prices are 199,1299,1099 and the years 199,2024,2019
尺寸138*1980*1480, mattress 193*2032*1524
4599、3999、5999、4299 四款电视
WD My Passport 1000GB, BlackBerry Passport SQW100-1
passport 35x45mm photo paper
@iphone_15_pro @rtx4090 @home_depot @apple_support when?
best deals@shop,de
""".strip().split("\n")


@pytest.mark.parametrize("text", STAYS)
def test_what_an_intent_is_read_from_stays(text):
    redacted = Redactor().redact(text)
    assert (redacted.text, redacted.found) == (text, ())


# --------------------------------------------------------------------------------------------------- several at once
def test_the_same_value_has_one_placeholder_over_several_texts():
    redactor = Redactor()
    assert redactor.redact("a@x.org and b@x.org, a@x.org").text == "[EMAIL_1] and [EMAIL_2], [EMAIL_1]"
    assert redactor.redact("b@x.org again, 13812345678").text == "[EMAIL_2] again, [PHONE_1]"
    assert redactor.restore("ask [EMAIL_2] or [PHONE_1]") == "ask b@x.org or 13812345678"


def test_another_spelling_comes_back_as_it_was_written():
    redactor = Redactor()
    text = "138-1234-5678, 13812345678"
    assert redactor.redact(text).text == "[PHONE_1], [PHONE_2]"
    assert redactor.restore("[PHONE_2], [PHONE_1]") == "13812345678, 138-1234-5678"


def test_a_placeholder_never_given_stays():
    assert Redactor().restore("[EMAIL_1] [FOO_1] [PHONE_01]") == "[EMAIL_1] [FOO_1] [PHONE_01]"


@pytest.mark.parametrize(
    "text",
    ["[EMAIL_1] a@x.org", "a@x.org [EMAIL_1]", "[EMAIL_2] a@x.org b@x.org [EMAIL_1]", "[PHONE_[EMAIL_1]_1] a@x.org"],
)
def test_restore_is_not_fooled_by_a_placeholder_in_the_text(text):
    redactor = Redactor()
    redactor.redact("z@x.org")
    assert redactor.restore(redactor.redact(text).text) == text


def test_numbers_in_a_row_are_told_apart():
    text = "13812345678 4111 1111 1111 1111 2"
    assert Redactor().redact(text).text == "[PHONE_1] [CARD_1] 2"
    text = "138-0013-8000 一三九零零一三八零零零"
    assert Redactor().redact(text).text == "[PHONE_1] [PHONE_2]"


def test_of_two_readings_the_longest_names_the_kind():
    url = "https://ann:pw@x.org/?to=bob@x.org"
    assert [found.kind for found in Redactor().redact(f"see {url} ok").found] == ["URL"]
    assert [found.kind for found in Redactor().redact("order #4111111111111111").found] == ["CARD"]


@pytest.mark.parametrize("text", ["card 4111 1111 1111 1112 ok", "id 110105194912310021 ok", "DE88370400440532013000"])
def test_a_wrong_check_digit_is_no_number(text):
    assert Redactor().redact(text).text == text


# -------------------------------------------------------------------------------------------------------- properties
_PIECES = st.sampled_from(
    [
        "13812345678",
        "4111111111111111",
        " ",
        "-",
        "@",
        "a",
        "x.org",
        "一",
        "三",
        "\u200b",
        "[EMAIL_1]",
        "[",
        "_1]",
        "one ",
        "路",
        "市",
        "区",
        "12号",
        "+86",
        "(",
        ")",
        "\ud800",
        "８",
        "1️⃣",
        "https://",
        "?token=",
        "order #",
        "微信",
        "我叫",
        "王",
    ]
)


@given(st.lists(st.one_of(st.text(max_size=20), st.lists(_PIECES, max_size=12).map("".join)), max_size=3))
@settings(max_examples=300, deadline=None)
def test_every_text_comes_back_to_the_letter(texts):
    redactor = Redactor()
    redacted = [redactor.redact(text) for text in texts]
    for text, one in zip(texts, redacted, strict=True):
        assert redactor.restore(one.text) == text
        done = 0
        for found in one.found:
            assert done <= found.start < found.end <= len(text)
            assert found.kind in KINDS
            done = found.end


@given(
    st.text("0123456789 -ab。", min_size=12, max_size=12),
    st.integers(0, 10**15 - 1),
    st.sampled_from(["", " ", "-", "."]),
)
@settings(max_examples=300, deadline=None)
def test_no_card_number_survives(around, number, gap):
    body = f"4{number:015d}"[:15]
    card = next(body + check for check in "0123456789" if luhn(body + check))
    grouped = gap.join(card[at : at + 4] for at in range(0, 16, 4))
    text = f"{around} pay, {grouped}, {around} {body}"
    left = Redactor().redact(text).text
    assert grouped not in left
    assert not any(luhn(group) for group in re.findall(r"(?<![0-9])[0-9]{16}(?![0-9])", left))


@given(st.lists(st.one_of(_PIECES, st.just("4111111111111111")), max_size=20).map("".join))
@settings(max_examples=300, deadline=None)
def test_no_sixteen_digits_survive_whatever_stands_beside_them(text):
    left = Redactor().redact(text).text
    assert not any(luhn(group) for group in re.findall(r"(?<![0-9])[0-9]{16}(?![0-9])", left))


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "1 ",
        "4 ",
        "0-",
        "@",
        "a@",
        "a.",
        "a dot ",
        "a at ",
        "路",
        "大",
        "大市",
        "市1路",
        "1号",
        "Aa ",
        "1 Aa ",
        "one ",
        "一",
        "(",
        "+",
        ":",
        "ab:",
        "-",
        " ",
        "\n",
        "order ",
        "我叫",
        "微信",
        "账号 ",
        "a ",
        "a . ",
        "a @ ",
        "@a",
        "138,",
        "4111*",
        "I'm John ",
        "[EMAIL_",
        "_a?a_",
        "http://",
        "password is ",
        "\u200b",
        "A",
    ],
)
def test_hostile_text_takes_linear_time(unit):
    assert growth(Redactor().redact, unit, 65536) < LINEAR
