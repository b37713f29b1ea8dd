"""Which language a text is in, from its script and its small words: no model, a few microseconds.

Supported are English and Chinese (simplified, traditional, Cantonese, mixed with English). The error that matters is a
customer refused in his own language, so every doubt ends in ``en``: product names, one-word queries, slang, pinyin.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

SUPPORTED = frozenset({"en", "zh"})


class Detected(NamedTuple):
    """``code`` is ISO 639-1, or ``und`` where nothing tells; ``supported`` is False where we cannot read it."""

    code: str
    supported: bool


# Script blocks by first code point; "" ends a block. Latin letters beyond ASCII belong to the words below.
_BLOCKS: tuple[tuple[int, str], ...] = (
    (0x0000, ""), (0x0041, "latin"), (0x005B, ""), (0x0061, "latin"), (0x007B, ""), (0x00C0, "latin"), (0x0250, ""),
    (0x0370, "el"), (0x0400, "ru"), (0x0530, "hy"), (0x0590, "he"), (0x0600, "ar"), (0x0700, ""), (0x0750, "ar"),
    (0x0780, ""), (0x0900, "hi"), (0x0980, "bn"), (0x0A00, "pa"), (0x0A80, "gu"), (0x0B00, "or"), (0x0B80, "ta"),
    (0x0C00, "te"), (0x0C80, "kn"), (0x0D00, "ml"), (0x0D80, "si"), (0x0E00, "th"), (0x0E80, "lo"), (0x0F00, "bo"),
    (0x1000, "my"), (0x10A0, "ka"), (0x1100, "ko"), (0x1200, "am"), (0x13A0, ""), (0x1780, "km"), (0x1800, "mn"),
    (0x18B0, ""), (0x1E00, "latin"), (0x1F00, "el"), (0x2000, ""), (0x3041, "ja"), (0x3130, "ko"), (0x3190, ""),
    (0x31F0, "ja"), (0x3200, ""), (0x3400, "zh"), (0x4DC0, ""), (0x4E00, "zh"), (0xA000, ""), (0xAC00, "ko"),
    (0xD7B0, ""), (0xF900, "zh"), (0xFB00, ""), (0xFB1D, "he"), (0xFB50, "ar"), (0xFE00, ""), (0xFE70, "ar"),
    (0xFEFF, ""), (0xFF21, "latin"), (0xFF3B, ""), (0xFF41, "latin"), (0xFF5B, ""), (0xFF66, "ja"), (0xFFA0, ""),
    (0x1D400, "latin"), (0x1D7CC, ""), (0x20000, "zh"), (0x323B0, ""),
)  # fmt: skip
_STARTS = [start for start, _ in _BLOCKS]
_SCRIPTS = [script for _, script in _BLOCKS]

_SAME_SCRIPT = (
    ("ru", re.compile("[іїєґІЇЄҐ]"), "uk"),
    ("ar", re.compile("[ٹڈڑںے]"), "ur"),
    ("ar", re.compile("[پچژگکی]"), "fa"),
)
# Kana that Chinese writers use as ornament or in faces.
_ORNAMENTS = re.compile("[のノツシつへヘヾヽゞ・ー〃づッ]")

# Small words and shop words of each language; one of four letters or more, or with an accent, counts double.
_WORDS = {
    "en": """a an the and or but if of to in on at for from with by as is are was were be been am i you he she it we
        they me my your his her its our their this that these those not no do does did have has had can could will
        would should what when where which who why how there here so very too more most just than then also only some
        any all out up about after again because before over under into off please thanks need want buy bought get got
        good great love like new size price order color shoes phone im dont u ur one best cheap come men number
        near""",
    "de": """ich du er sie wir ihr mir mich mein meine dein der die das den dem des ein eine einen einem und oder aber
        ist sind war hat habe haben nicht kein keine nie mit auf für von zu zum zur bei nach aus im am auch noch schon
        sehr wie wo wann was gibt kann möchte suche brauche kaufen bestellt bitte danke leider wieder größe günstig
        gerne""",
    "fr": """je tu il elle nous vous on le la les un une des du de et ou est sont pas ne que qui avec sans sur dans
        mon ma mes ce cette ces très trop mais où quand combien quel quelle suis avez cherche voudrais acheter merci
        bonjour livraison taille prix cher chaussures commande qualité vraiment""",
    "es": """yo el la los las un una de del y o que en es son no me mi se lo le con por para sin muy más pero como
        cuando donde cuánto cuándo tienen este esta quiero busco comprar gracias hola envío talla precio caro barato
        zapatos pedido mujer todavía gusta encanta regalo mejor calidad bueno porque creo está muchas""",
    "it": """io il lo la gli le un una di del della e o che non mi si è sono per con da nel sul ma come quando quanto
        dove questo questa mio mia anche molto troppo vorrei cerco comprare grazie ciao costa taglia prezzo scarpe
        ordine uomo donna avete tutti ottimo qualità""",
    "pt": """eu o a os as um uma de do da dos das no na em e ou que não é são se me meu minha com por para sem muito
        mais mas como quando quanto onde vocês este esta quero procuro comprar obrigado olá custa frete tamanho preço
        caro barato pedido presente gostei está qualidade ótimo ótima chegou""",
    "nl": """ik je jij hij zij wij we het de een en of is zijn niet geen van voor met op aan bij naar ook nog maar
        heel erg te dit dat deze mijn jullie hoe waar wanneer wat heb hebben heeft wil kopen zoek bestelling maat
        goedkope duur wordt graag bedankt kwaliteit kleur""",
    "pl": """ja ty on ona my i w na do z za od dla nie tak jest są był być się to ten ta czy jak kiedy gdzie ile mój
        moja mam ale już bardzo dobre chcę szukam kupić proszę dziękuję cena rozmiar buty wysyłka paczka polecam
        kosztuje""",
    "tr": """ben sen bu şu ve ile için bir çok ama değil var yok mı mi mu ne kadar nasıl nerede zaman daha gibi bana
        benim istiyorum almak ucuz pahalı fiyat kargo beden hediye siparişim güzel teşekkürler lütfen ederim""",
    "id": """saya aku kamu yang di ke dari dan atau ini itu untuk dengan tidak bukan apa ada berapa kapan mana sudah
        belum bisa mau beli cari harga murah mahal barang barangnya ukuran warna bagus cepat kirim dikirim terima
        kasih nanti saja sepatu terlalu sesuai""",
    "vi": """tôi bạn mình anh chị em là và của cho có không được này đó một những rất quá mua bán giá bao nhiêu khi
        nào còn hàng muốn giày vậy đẹp rẻ đắt""",
    "sv": """jag du han hon vi ni är och att det den en ett på av för med inte har hade min mitt var när hur mycket
        men om vill köpa storlek pris skor beställning tack leverans paket fått""",
    "da": """jeg du han hun vi er og at det den en et på af for med ikke har havde min mit hvor hvornår hvad meget men
        om vil købe størrelse pris sko bestilling tak levering pakke fået""",
    "cs": """já ty je jsou byl a i v na do z s se si ne to ten ta že jak kdy kde kolik můj moje ale už velmi chci
        hledám koupit prosím děkuji cena velikost boty objednávka dárek ještě""",
    "ro": """eu tu el ea este sunt un o și sau în la de pe cu nu ce pentru mai foarte dar când unde cât cum meu mea
        vreau caut cumpăr mulțumesc preț mărime pantofi comanda livrarea costă""",
    "hu": """én te ő az egy és vagy nem van volt hogy de is ez ezt mi hol mikor mennyi mennyibe nagyon már még kell
        szeretnék keresek venni köszönöm ár méret cipő rendelés szállítás kerül""",
    "fi": """minä sinä hän on ja tai ei että se tämä minun missä milloin kuinka paljonko mutta jos kun myös hyvä
        haluan etsin ostaa kiitos hinta koko kengät tilaus toimitus maksaa""",
}  # fmt: skip
# Letters that point to a language in a word not listed above, with their points.
_LETTERS = {
    "de": ("ßäöü", 1), "es": ("ñáíóú", 1), "pt": ("ãõçáêâ", 1), "it": ("àèìòù", 1),
    "pl": ("łżźśćńąę", 2), "tr": ("ğşıçöü", 1), "vi": ("ơưăđ", 2), "sv": ("åäö", 1), "da": ("øæå", 1),
    "cs": ("řěůčšžýáí", 1), "ro": ("țșţăâî", 1), "hu": ("őűáéíóöúü", 1), "fi": ("äö", 1),
}  # fmt: skip
_VIETNAMESE = ("\u1ea0", "\u1ef9")

_BY_WORD: dict[str, list[tuple[str, int]]] = {}
for _code, _list in _WORDS.items():
    for _word in dict.fromkeys(_list.split()):
        _BY_WORD.setdefault(_word, []).append((_code, 1 if len(_word) < 4 and _word.isascii() else 2))
_BY_LETTER: dict[str, list[tuple[str, int]]] = {}
for _code, (_letters, _points) in _LETTERS.items():
    for _letter in _letters:
        _BY_LETTER.setdefault(_letter, []).append((_code, _points))

_ADDRESS = re.compile(r"(?:https?://|www\.)[!-~]+|@[A-Za-z0-9_]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\U0001d400-\U0001d7cb]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_OTHER_LETTER = re.compile(rf"[^\W\d_{_LATIN.pattern[1:-1]}{_HAN.pattern[1:-1]}]")
_LETTERS_A_HAN = 5
_ONLY_CHINESE = frozenset(
    "的了我你您他她们們这這那吗嗎呢吧啊很买買卖賣给給么麼怎哪些个個没沒还還就都也跟把被让讓请請谢謝嘅咗唔冇嚟"
)
_UNREADABLE = frozenset({*_WORDS, *_SCRIPTS}) - SUPPORTED - {"", "latin"}
_EDGES = " \t\n.,;:!?¿¡\"'“”‘’()[]{}<>*/|&+-…~`#\uff0c\uff01\uff1f\u3002"
_ELIDED = frozenset({"l", "d", "j", "c", "n", "s", "qu", "m", "dell", "nell", "all", "un"})


def detect(text: str, stated: str | None = None) -> Detected:
    """The language of ``text``, best given as the cleaned copy (look-alike letters folded).

    The script with most letters decides, a Han character (about a word) counting five; among languages in Latin
    letters the small words decide. Where neither tells, as in names of products, the language ``stated`` by who sent
    the text does: a code such as ``de`` or ``pt-BR``; one that is not known here is passed over.
    """
    found = _told(text)
    code = (stated or "").replace("_", "-").split("-")[0].lower()
    if code in _UNREADABLE and found.code in SUPPORTED and not _speaks(text, found.code):
        return Detected(code, supported=False)
    return found


def _speaks(text: str, code: str) -> bool:
    """Whether a word of ``text`` is one of that language's small ones."""
    if code == "zh":
        return not _ONLY_CHINESE.isdisjoint(text)
    words = (word.strip(_EDGES) for word in text.lower().split())
    return any(code == one for word in words for one, _ in _BY_WORD.get(word, ()))


def _told(text: str) -> Detected:
    text = _ADDRESS.sub(" ", text)
    han = _LETTERS_A_HAN * len(_HAN.findall(text))
    latin = len(_LATIN.findall(text))
    if not _OTHER_LETTER.search(text):
        if han > latin:
            return Detected("zh", supported=True)
        return _latin(text) if latin else Detected("und", supported=True)
    scripts = Counter(_script(char) for char in text if char.isalpha())
    del scripts[""]
    kana = scripts["ja"]
    if kana:
        plain = kana - len(_ORNAMENTS.findall(text))
        # Japanese is written with both; a Chinese sentence with a Japanese ornament or brand keeps few of them.
        if plain > 0 and kana * 3 >= scripts["zh"] + kana:
            scripts["ja"] += 2 * scripts.pop("zh", 0) + kana
        else:
            del scripts["ja"]
    scripts["zh"] *= _LETTERS_A_HAN
    code = max(scripts, key=lambda script: scripts[script])
    if code == "latin":
        return _latin(text)
    if scripts[code] < 2:  # a unit, or the mouth of a drawn face
        return Detected("und", supported=True)
    for script, letters, other in _SAME_SCRIPT:
        if code == script and letters.search(text):
            code = other
            break
    return Detected(code, supported=code in SUPPORTED)


@lru_cache(maxsize=8192)
def _script(char: str) -> str:
    return _SCRIPTS[bisect_right(_STARTS, ord(char)) - 1]


def _latin(text: str) -> Detected:
    found: dict[str, list[int]] = {}
    words = 0
    for raw in text.lower().split():
        word = raw.strip(_EDGES)
        if not word or word.isdigit():
            continue
        words += 1
        for code, weight in _BY_WORD.get(word) or _hints(word):
            found.setdefault(code, []).append(weight)
    points = {code: sum(weights) for code, weights in found.items()}
    code = max(points, key=lambda code: points[code], default="en")
    # One word alone may be a typing error or a brand; few among many are a quotation or a long product name.
    if code == "en" or len(found[code]) < 2 or points[code] <= points.get("en", 0) or 5 * points[code] < 2 * words:
        return Detected("en", supported=True)
    return Detected(code, supported=False)


def _hints(word: str) -> list[tuple[str, int]]:
    head, mark, rest = word.replace("’", "'").partition("'")
    if mark and rest and head in _ELIDED:
        return [("fr", 1), ("it", 1)]
    if word.isascii():
        return []
    hints: dict[str, int] = {}
    for char in word:
        if _VIETNAMESE[0] <= char <= _VIETNAMESE[1]:
            return [("vi", 2)]
        for code, weight in _BY_LETTER.get(char, ()):
            hints[code] = max(weight, hints.get(code, 0))
    return list(hints.items())
