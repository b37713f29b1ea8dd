"""Own sentences of shoppers in sixteen other languages, and English and Chinese in all their dress."""

from __future__ import annotations

import pytest

from purchase_agent.language import detect
from tests.growth import LINEAR, growth

OTHERS = {
    "de": """Wo bleibt mein Paket?
Die Schuhe sind leider zu klein, ich möchte sie umtauschen.
Gibt es das Kleid auch in Größe 42?
Suche günstigen Laptop für die Uni
Nie wieder bestelle ich hier!
Ist der Mantel noch auf Lager?
Super Qualität, gerne wieder
wasserdichte Wanderschuhe Damen
Wie lange dauert der Versand nach Österreich?""",
    "fr": """Où est ma commande ?
Bonjour, avez-vous cette robe en taille 38 ?
Je cherche un cadeau pour ma mère
Trop cher pour ce que c'est
livraison gratuite ou pas ?
chaussures de randonnée femme pas cher
Je suis très déçue de la qualité
C'est parfait, merci beaucoup !
quand sera-t-il de nouveau en stock""",
    "es": """¿Cuánto cuesta el envío?
Busco un regalo para mi novia
No me gusta el color
zapatos de mujer talla 38
Me encanta, lo recomiendo a todos
Todavía no ha llegado mi pedido
quiero comprar un móvil barato
¿Tienen este vestido en rojo?
muy caro, mejor espero las rebajas""",
    "it": """Quanto costa la spedizione?
Cerco un regalo per mio padre
Non mi piace il colore
scarpe da corsa uomo
Quando arriva il mio ordine?
Vorrei comprare un telefono nuovo ma costa troppo
Ottimo prodotto, lo consiglio a tutti
avete anche la taglia 44?""",
    "pt": """Quanto custa o frete?
Procuro um presente para a minha mãe
Não gostei da cor
tênis de corrida masculino barato
Quando chega o meu pedido?
Quero comprar um celular novo mas está muito caro
Ótima qualidade, recomendo
vocês têm tamanho 38?""",
    "nl": """Waar blijft mijn bestelling?
Ik zoek een cadeau voor mijn vader
Hebben jullie deze ook in maat 43?
goedkope hardloopschoenen dames
De kwaliteit valt erg tegen
Wanneer wordt het geleverd?
Ik wil deze laptop kopen maar hij is te duur
Heel blij met mijn nieuwe telefoon""",
    "pl": """Ile kosztuje wysyłka?
Szukam prezentu dla mamy
Nie polecam, słaba jakość
buty do biegania damskie
Kiedy dojdzie moja paczka?
Czy jest rozmiar 40?
Chciałbym kupić nowy telefon, ale jest za drogi
Bardzo dobre, polecam""",
    "tr": """Kargo ücreti ne kadar?
Anneme hediye arıyorum
Rengini beğenmedim
ucuz koşu ayakkabısı
Siparişim ne zaman gelir?
Bu elbisenin 38 bedeni var mı?
Yeni bir telefon almak istiyorum ama çok pahalı
Çok güzel, tavsiye ederim""",
    "id": """Berapa harga ongkirnya?
Saya mau beli sepatu untuk lari
Barangnya bagus, pengiriman cepat
kapan barang saya dikirim
Ada ukuran 40 tidak?
cari kado untuk ibu
Terlalu mahal, nanti saja
warnanya tidak sesuai gambar""",
    "vi": """Phí vận chuyển bao nhiêu?
Tôi muốn mua một đôi giày chạy bộ
Hàng đẹp, giao nhanh
Bao giờ có hàng lại vậy shop
Chất lượng kém quá
còn size 38 không
quà tặng sinh nhật cho mẹ
Đắt quá, để tháng sau mua""",
    "ru": """Сколько стоит доставка?
Ищу подарок для мамы
Очень понравилось, рекомендую
кроссовки мужские 43
Где мой заказ?
хочу купить iPhone 15, но дорого
Размер не подошёл, верну
есть в наличии?""",
    "ar": """كم سعر التوصيل؟
أبحث عن هدية لأمي
المنتج سيء جدا ولا أنصح به
متى يصل طلبي
حذاء رياضي رجالي
هل يوجد مقاس 40؟
أريد شراء هاتف جديد لكنه غالي
شكرا، ممتاز""",
    "ja": """送料はいくらですか?
母へのプレゼントを探しています
色が気に入らなかった
ランニングシューズ メンズ
いつ届きますか
在庫ありますか
このスマホ、欲しいけど高すぎる
安くて良かったです""",
    "ko": """배송비 얼마예요?
엄마 선물 찾고 있어요
색상이 마음에 안 들어요
남자 운동화 추천
언제 도착하나요
재고 있나요?
아이폰 15 사고 싶은데 너무 비싸요
좋아요 또 살게요""",
    "th": """ค่าส่งเท่าไหร่คะ
หาของขวัญให้แม่
สินค้าดีมาก ส่งไว
รองเท้าวิ่งผู้ชาย
ของจะมาเมื่อไหร่
มีไซส์ 40 ไหม
แพงไป รอโปรก่อน
อยากซื้อ iPhone ใหม่""",
    "hi": """डिलीवरी चार्ज कितना है?
माँ के लिए उपहार चाहिए
रंग पसंद नहीं आया
पुरुषों के जूते
मेरा ऑर्डर कब आएगा
क्या 40 नंबर मिलेगा
नया फोन लेना है पर बहुत महंगा है
बहुत अच्छा उत्पाद""",
}
TABLE = [(code, line) for code, lines in OTHERS.items() for line in lines.splitlines()]

ENGLISH = """nike air max 90
iphone 15 pro max 256gb
Sony WH-1000XM5
crème brûlée candle
Lancôme Génifique serum 50ml
L'Oréal Paris Elvive
Häagen-Dazs
La Roche-Posay
eau de parfum
Dolce & Gabbana pour homme eau de toilette
Sony α7 IV
le creuset dutch oven
el nino jacket
Got it as a gift für meine sister, she loves it
yaar this phone is too good, lena hi padega bro
wah this one damn shiok lah, can buy or not
wo xiang buy the new iphone, tai gui le
need new shoes asap!!
love it 😍😍😍
size 38 please
no
ok
restock when
amazon.de order not arrived
Das Keyboard 4 professional
I bought it from www.lidl.de and https://www.zalando.de/der-die-das
Is the café table still available?
die cut stickers
was it worth it
𝓘 𝔀𝓪𝓷𝓽 𝓽𝓸 𝓫𝓾𝔂""".splitlines()

CHINESE = """这双鞋有42码吗
這個手機多少錢
呢部電話幾錢呀,有冇現貨
想买iPhone 15 pro max但是太贵了
求推荐lipstick
北欧风の小物
好评!!(ノ ̄▽ ̄)ノ
不错
Sony WH-1000XM5 和 Bose QC Ultra 怎么选
ins风包包
#新品发布#期待!@somebody 来买
买它买它买它😍""".splitlines()


@pytest.mark.parametrize("text", ENGLISH)
def test_english_and_product_names_are_english(text: str) -> None:
    assert detect(text) == ("en", True)


@pytest.mark.parametrize("text", CHINESE)
def test_chinese_in_every_dress_is_chinese(text: str) -> None:
    assert detect(text) == ("zh", True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "http://example.com/a",
        "123 456",
        "😍😍",
        "!!!",
        "\u200b",
        "£20 - 30%",
        "12×15",
        "10 Ω",
        "¯\\_(ツ)_/¯",
        "(´・ω・`)",
    ],
)
def test_nothing_to_go_by_is_undetermined_and_not_refused(text: str) -> None:
    assert detect(text) == ("und", True)


def test_other_languages_are_found_unsupported() -> None:
    assert len(TABLE) >= 120
    missed = [(code, text, detect(text).code) for code, text in TABLE if detect(text).supported]
    assert len(missed) / len(TABLE) <= 0.05, missed


def test_other_languages_are_mostly_named_right() -> None:
    right = sum(detect(text).code == code for code, text in TABLE)
    assert right / len(TABLE) >= 0.9


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("де купити кросівки, є розмір 43?", "uk"),
        ("קניתי נעליים חדשות", "he"),
        ("Πόσο κοστίζει η αποστολή;", "el"),
        ("این گوشی چقدر قیمت دارد", "fa"),
        ("Var är mitt paket? Jag har inte fått det", "sv"),
        ("Hvor er min pakke, jeg har ikke fået den", "da"),
        ("Kde je moje objednávka, ještě nepřišla", "cs"),
        ("Unde este comanda mea și cât costă livrarea", "ro"),
        ("Mennyibe kerül a szállítás és mikor érkezik", "hu"),
        ("Missä minun tilaus on, paljonko se maksaa", "fi"),
    ],
)
def test_further_languages(text: str, code: str) -> None:
    assert detect(text) == (code, False)


def test_majority_decides_between_scripts() -> None:
    assert detect("Bought the 배송 phone case, it is great and fits well").code == "en"
    assert detect("買った iPhone のケースがとても良いです").code == "ja"
    assert detect("купил iPhone 15 Pro Max, доволен").code == "ru"


def test_a_foreign_phrase_in_an_english_review_changes_nothing() -> None:
    assert detect(
        "The seller wrote 'vielen dank für ihre bestellung' on the card, and it made my day. I love it."
    ).supported


@pytest.mark.parametrize("unit", ["Does this jacket run small? ", "这款手机的续航怎么样,", "a", "好", "Ａ ", "\u200b"])
def test_time_grows_with_length_only(unit: str) -> None:
    assert growth(detect, unit, 16 * 1024) < LINEAR


@pytest.mark.parametrize(
    ("text", "stated", "code"),
    [
        ("telefono nuevo barato", "es", "es"), ("robe rouge", "FR_fr", "fr"), ("Handy kaputt", "de-AT", "de"),
        ("東京 靴 通販", "ja", "ja"), ("iPhone 16", "it", "it"),
        ("is it in stock?", "de", "en"), ("手机卡了，想换", "ja", "zh"), ("无线耳机", "zh-CN", "zh"),
        ("robe rouge", "xx", "en"), ("robe rouge", "", "en"), ("robe rouge", None, "en"), ("new shoes", "en-GB", "en"),
    ],
)  # fmt: skip
def test_a_stated_language_decides_where_the_words_do_not(text: str, stated: str | None, code: str) -> None:
    assert detect(text, stated) == (code, code in {"en", "zh"})
