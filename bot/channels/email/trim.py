"""What somebody wrote anew in a mail: without the mail that she answers, and without her signature.

Rules of lines, in English, Spanish and Vietnamese. When in doubt a line stays: agents would rather read a signature than
miss an order number (docs/decisions/0024-mail.md has what a library made of the same mails).
"""

import re

# "On Mon, 2 Mar 2026 at 12:30, Casa Sen <help@shop.example> wrote:" and its like, which may be broken over lines.
_WROTE = re.compile(
    r"(on\b.{5,300}\bwrote|el\b.{5,300}\bescribió|(vào|lúc|ngày|vào lúc|thứ|th \d)\b.{5,300}\bđã viết"
    r"|.{3,200}<[^<>\s]{3,254}>\s*(wrote|escribió|đã viết)|am\b.{5,300}\bschrieb|le\b.{5,300}\ba écrit)\s*:",
    re.IGNORECASE | re.DOTALL,
)
_LAST_WORD = re.compile(r"(wrote|escribió|đã viết|schrieb|a écrit)\s*:\s*$", re.IGNORECASE)
_MOST_LINES_OF_HEADER = 4
_SEPARATOR = re.compile(
    r"\s*(-{2,}|_{2,}|—+)\s*(original message|forwarded message|mensaje original|mensaje reenviado"
    r"|thư gốc|tin nhắn gốc|thư đã chuyển tiếp|tin nhắn được chuyển tiếp|reply above this line)\s*(-{2,}|_{2,}|—+)?\s*",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*_{20,}\s*|\s*-{30,}\s*")
# A block of headers as Outlook quotes them: two of these lines in a row.
_HEADER = re.compile(
    r"\s*\*?(from|sent|to|subject|date|cc|de|enviado|enviado el|para|asunto|fecha|từ|đã gửi|đến|gửi|tới|chủ đề|ngày)"
    r"\s*:\*?\s+\S.{0,300}",
    re.IGNORECASE,
)
_FIRST_HEADER = re.compile(r"\s*\*?(from|de|từ)\s*:\*?\s+\S.{0,300}", re.IGNORECASE)
_PHONE_FOOTER = re.compile(
    r"\s*((sent|get outlook|obtener outlook|enviado|tải outlook|được gửi|gửi|đã gửi)\s+"
    r"(from|for|para|desde|con|từ|bằng)\s+(my|mi|the|outlook|iphone|ipad|android|yahoo|samsung|mail|gmail|thiết|điện|máy"
    r"|proton|un|una)\b.{0,80}|get outlook for \w+.{0,80}|download outlook.{0,80}"
    r"|được gửi từ .{1,60}|enviado desde .{1,60}|sent (from|with) .{1,60})\s*",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"\s*((kind|best|warm|many|with kind)?\s*regards|best( wishes)?|sincerely|yours (sincerely|faithfully)|cheers|thanks"
    r"|thank you|many thanks|thanks (a lot|so much|in advance)|all the best"
    r"|(un |muchos )?(cordial )?(saludos?|abrazo)( cordial(es)?)?|atentamente|cordialmente|(muchas )?gracias( de antemano)?"
    r"|(xin )?(chân thành )?(cảm|cám) ơn( (bạn|shop|rất) ?\w*){0,2}|trân trọng|thân( mến| ái)?|kính thư)\s*[,.!–-]*\s*",
    re.IGNORECASE,
)
_MOST_LINES_OF_SIGNATURE = 7
_LONGEST_SIGNATURE_LINE = 60
# Somebody's name, rank, number or page; not a sentence, which would be missed.
_SENTENCE = re.compile(r"[?？]|[.!]\s+\S|\d{5,}|#\w")


def new_words(text: str) -> str:
    """The text without quotes and signature; when nothing would be left, without quotes; else all of it."""
    lines = [line.rstrip().replace("\u00a0", " ") for line in text.split("\n")]
    unquoted = _without_quotes(lines)
    for kept in (_without_signature(unquoted), unquoted, lines):
        words = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
        if words:
            return words
    return ""


def _without_quotes(lines: list[str]) -> list[str]:
    """Up to the earlier mail; lines with a mark in front are gone wherever they stand, answers between them stay."""
    kept: list[str] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        if _is_border(lines, number):
            break
        taken = _header_of_quote(lines, number)
        if taken:
            following = next((one for one in lines[number + taken :] if one.strip()), "")
            if not following.lstrip().startswith(">"):
                break  # everything behind it is the earlier mail
            number += taken
            continue
        if not line.lstrip().startswith(">"):
            kept.append(line)
        number += 1
    return kept


def _is_border(lines: list[str], number: int) -> bool:
    line = lines[number][:400]
    if _SEPARATOR.fullmatch(line):
        return True
    first = number + 1 if _RULE.fullmatch(line) else number
    block = [one[:400] for one in lines[first : first + 6] if one.strip()][:2]
    return len(block) == 2 and bool(_FIRST_HEADER.fullmatch(block[0]) and _HEADER.fullmatch(block[1]))


def _header_of_quote(lines: list[str], number: int) -> int:
    """How many lines the sentence takes that introduces a quote; 0 when none begins here."""
    if not lines[number].strip() or lines[number].lstrip().startswith(">"):
        return 0
    for taken in range(1, _MOST_LINES_OF_HEADER + 1):
        part = lines[number : number + taken]
        if len(part) < taken or not part[-1].strip():
            return 0
        if _LAST_WORD.search(part[-1][-40:]):
            return taken if _WROTE.fullmatch(" ".join(part).strip()[:600]) else 0
    return 0


def _without_signature(lines: list[str]) -> list[str]:
    kept = list(lines)
    for number, line in enumerate(kept):
        if line == "--" or line == "-- ":
            kept = kept[:number]
            break
    while kept and (not kept[-1].strip() or _PHONE_FOOTER.fullmatch(kept[-1][:120])):
        kept.pop()
    return _without_closing(kept)


def _without_closing(lines: list[str]) -> list[str]:
    """ "Kind regards," and the few short lines behind it go, when they are the end and no sentence is among them."""
    for back in range(1, min(_MOST_LINES_OF_SIGNATURE, len(lines)) + 1):
        if _CLOSING.fullmatch(lines[-back][:100]):
            rest = [line for line in lines[len(lines) - back + 1 :] if line.strip()]
            if all(len(line) <= _LONGEST_SIGNATURE_LINE and not _SENTENCE.search(line) for line in rest):
                return lines[: len(lines) - back]
            return lines
    return lines
