"""What stands below somebody's words in every mail of hers: a closing and her name, a signature, where it was sent from.

Only what is known to be that goes. A closing must close something, and behind it may stand nothing but the name that the mail
is from, and one more line that looks like a name. Whatever else is there may be an order's number, a telephone or the very
question, so all of it stays: agents would rather read a signature than miss that.
"""

import re
import unicodedata

_GREETING = re.compile(
    r"\s*((hi|hello|hey|dear|good (morning|afternoon|evening|day)|greetings"
    r"|hola|buen[oa]s?( d[ií]as?| tardes| noches)?|estimad[oa]s?|querid[oa]s?"
    r"|(em |mình |anh |chị )?(xin )?chào|dạ|alo|kính (gửi|chào)|thân gửi|gửi)( [^\s?]+){0,4}|\w+ ơi)\s*[,.!:–-]*\s*",
    re.IGNORECASE,
)
_ENGLISH = (
    r"(thanks|thank you|thx|many thanks|thanking you)( (again|a lot|so much|very much|in advance|guys|team|all))*"
    r"|((kind|kindest|best|warm|warmest|many|with (kind|best)) )?regards|rgds|br|best( wishes)?|all the best|cheers|sincerely"
    r"|(yours|very) (sincerely|faithfully|truly)|sincerely yours|yours|take care|have a (nice|great|good) day"
)
_SPANISH = (
    r"((muchas|muchísimas|mil) )?gracias( (de antemano|por todo|y un saludo|y saludos))?"
    r"|((un|muchos|reciba un|con un) )?(cordial )?(saludos?|abrazos?)( (cordial(es)?|a todos|afectuoso))?"
    r"|atentamente|cordialmente|atte|(muy )?atentamente|quedo (atent[oa]|a la espera)|hasta pronto|feliz día"
)
_VIETNAMESE = (
    r"((mình|em|anh|chị|tôi|tớ) )?(xin )?(chân thành )?(cảm|cám) ơn"
    r"( (bạn|shop|ad|admin|anh|chị|em|cửa hàng|các bạn|rất nhiều|nhiều|trước|lắm|ạ|nhé|nha|nhe))*"
    r"|(trân trọng|thân mến|thân ái|thân|kính thư|kính chào)( (cảm ơn|kính chào))?"
    r"|chúc (shop|bạn) (một )?ngày (tốt lành|vui vẻ)"
)
_CLOSING = re.compile(rf"\s*({_ENGLISH}|{_SPANISH}|{_VIETNAMESE})\s*[,.!–-]*\s*", re.IGNORECASE)
# "Sent from my iPhone", "Enviado desde Outlook para Android", "Được gửi từ điện thoại Samsung của tôi"; parcels are sent, too,
# so it must name a telephone or a program.
_PROGRAM = (
    r"(outlook|yahoo|gmail|proton ?mail|icloud|aol|thunderbird|(mail|correo|thư) (for|para|dành cho|cho) windows)"
)
_TELEPHONE = (
    r"(iphone|ipad|ipod|android|galaxy|samsung|huawei|xiaomi|redmi|oppo|vivo|realme|pixel|nokia|motorola|xperia|oneplus"
    r"|blackberry|phone|mobile|smartphone|tablet|device|móvil|celular|teléfono|dispositivo|điện thoại|máy tính bảng|thiết bị)"
)
_SENT_WITH = re.compile(
    rf"\s*((sent|enviado|được gửi|đã gửi|gửi) ((with|via|con|bằng) {_PROGRAM}"
    rf"|(from|desde|từ)( (my|an?|mi|el|una?|your))? (([\w-]+ )?{_TELEPHONE}|{_PROGRAM}))\b.{{0,60}}"
    r"|(get|download|obtener|obtén|descargar|tải|tải xuống) outlook\b.{0,80})\s*",
    re.IGNORECASE,
)
MARK, _MARK_WITHOUT_SPACE = "-- ", "--"
_MOST_CLOSINGS = 2  # "Thanks!", and below it "Best regards,"
_MOST_LINES_BEHIND_A_CLOSING = 2
_MOST_LINES_OF_SIGNATURE = 7
_LONGEST_LINE = 120
_NO_NAME = re.compile(r"[\d?!:;@#/\\=<>\"]")
# Joins names and ranks; not a word of a sentence.
_BETWEEN = frozenset(
    ["de", "del", "la", "las", "los", "y", "e", "da", "dos", "van", "von", "der", "di", "of", "the", "and", "&", "và"]
)
_MOST_WORDS_OF_A_NAME = 4


def without_signature(lines: list[str], sender: str) -> list[str]:
    """The lines without what closes them. `sender` has the names by which she is known."""
    names = _words(sender)
    kept = _without_footers(_without_marked(_without_footers(lines), names))
    for _ in range(_MOST_CLOSINGS):
        kept = _without_footers(_without_closing(kept, names))
    return kept


def _without_marked(lines: list[str], names: frozenset[str]) -> list[str]:
    """The mark of RFC 3676 is a line of "-- ", and whatever is behind it a signature. People draw a line so, too: a sentence
    that goes on behind it stays, and where the space is missing all but what her own name begins."""
    exact = next((number for number, line in enumerate(lines) if line == MARK), -1)
    loose = next((number for number in reversed(range(len(lines))) if lines[number] == _MARK_WITHOUT_SPACE), -1)
    number = exact if exact >= 0 else loose
    if number < 0:
        return lines
    behind = [line for line in lines[number + 1 :] if line.strip()]
    first = behind[0].strip() if behind else ""
    if number == exact:
        goes = not first or not first[0].islower() or _is_hers(first, names)
    else:
        goes = not first or (_is_hers(first, names) and len(behind) <= _MOST_LINES_OF_SIGNATURE)
    return lines[:number] if goes else lines


def _without_footers(lines: list[str]) -> list[str]:
    kept = list(lines)
    while kept and (not kept[-1].strip() or _SENT_WITH.fullmatch(kept[-1][:_LONGEST_LINE])):
        kept.pop()
    return kept


def _without_closing(lines: list[str], names: frozenset[str]) -> list[str]:
    said = [number for number, line in enumerate(lines) if line.strip()][-_MOST_LINES_BEHIND_A_CLOSING - 1 :]
    for number in reversed(said):
        if not _CLOSING.fullmatch(lines[number][:_LONGEST_LINE]):
            continue
        behind = [lines[one] for one in said if one > number]
        is_hers = not behind or (_is_hers(behind[0], names) and all(_looks_like_a_name(one) for one in behind[1:]))
        return lines[:number] if is_hers and _says_something(lines[:number]) else lines
    return lines


def _says_something(lines: list[str]) -> bool:
    """Thanks behind a mere greeting are what she says."""
    return any(line.strip() and not _GREETING.fullmatch(line[:_LONGEST_LINE]) for line in lines)


def _is_hers(line: str, names: frozenset[str]) -> bool:
    """Whether a line is the name that the mail is from, or holds it and is nothing but a name."""
    words = _words(line)
    if not words or _NO_NAME.search(line) or len(line.split()) > _MOST_WORDS_OF_A_NAME:
        return False
    return words <= names or (_looks_like_a_name(line) and bool(words & names))


def _looks_like_a_name(line: str) -> bool:
    """Up to four words with a capital and small letters behind it; a whole line of capitals is somebody who shouts."""
    words = [word.strip(",.()*-–|") for word in line.split()]
    words = [word for word in words if word]
    if _NO_NAME.search(line) or not 0 < len(words) <= _MOST_WORDS_OF_A_NAME or words[0] in _BETWEEN:
        return False
    return all(word in _BETWEEN or (word[0].isupper() and (len(word) == 1 or not word.isupper())) for word in words)


def _words(text: str) -> frozenset[str]:
    """In small letters and without marks, which mail addresses do not have."""
    apart = unicodedata.normalize("NFD", text[:600].casefold().replace("đ", "d"))
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return frozenset(word for word in re.split(r"[\W\d_]+", plain) if len(word) > 1)
