"""The mail that somebody answers, as programs leave it below or around her own words.

A line with ">" in front is quoted, wherever it stands. Everything behind a sentence or a block of headers is, too, but people
write "she wrote:" and "From: Monday, to: Friday" themselves: only what holds what programs put there, an address or a date
with its time, ends her words.
"""

import re

_WROTE = r"(wrote|escribió|đã viết|schrieb|a écrit)"
_ADDRESS = re.compile(r"[^\s<>@()\[\]]{1,64}@[^\s<>@()\[\]]{1,253}")
_DATE = re.compile(r"\b(19|20)\d\d\b|\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2}\b")
_CLOCK = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
# "On Mon, 2 Mar 2026 at 12:30, Casa Sen <help@shop.example> wrote:" and its like, which may be broken over lines.
_SENTENCE = re.compile(
    r"(-{2,}\s*)?(on\b.{5,300}\bwrote|el\b.{5,300}\bescribió|(vào|lúc|ngày|thứ|th \d)\b.{5,300}\bđã viết"
    rf"|.{{3,200}}<[^<>\s]{{3,254}}>\s*{_WROTE}|am\b.{{5,300}}\bschrieb|le\b.{{5,300}}\ba écrit)\s*(:|-{{2,}})",
    re.IGNORECASE | re.DOTALL,
)
_ITS_END = re.compile(rf"{_WROTE}\s*(:|-{{2,}})\s*$", re.IGNORECASE)
_MOST_LINES_OF_SENTENCE = 4
_SEPARATOR = re.compile(
    r"\s*(-{2,}|_{2,}|—+)\s*(original message|forwarded message|mensaje original|mensaje reenviado"
    r"|thư gốc|tin nhắn gốc|thư đã chuyển tiếp|tin nhắn được chuyển tiếp|reply above this line)\s*(-{2,}|_{2,}|—+)?\s*",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*_{20,}\s*|\s*-{30,}\s*")
# A block of headers as Outlook quotes them, sometimes in bold.
_FROM = re.compile(r"\s*\*?(from|de|từ)\s*:\*?\s+\S.{0,300}", re.IGNORECASE)
_SENT = re.compile(r"\s*\*?(sent|date|enviado|enviado el|fecha|đã gửi|gửi|ngày)\s*:\*?\s+\S.{0,300}", re.IGNORECASE)
_SUBJECT = re.compile(r"\s*\*?(subject|asunto|chủ đề)\s*:\*?\s+\S.{0,300}", re.IGNORECASE)
_OTHER = re.compile(r"\s*\*?(to|cc|para|đến|tới)\s*:\*?\s+\S.{0,300}", re.IGNORECASE)
_MOST_LINES_OF_BLOCK = 8
_LONGEST_LINE = 400


def without_quotes(lines: list[str]) -> list[str]:
    """What is her own; answers between quoted lines stay."""
    kept: list[str] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        if _is_border(lines, number):
            break
        taken = _sentence_at(lines, number)
        if taken:
            if not _is_quoted(_next(lines, number + taken)):
                break  # everything behind it is the earlier mail
            number += taken
            continue
        if not _is_quoted(line):
            kept.append(line)
        number += 1
    return kept


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _next(lines: list[str], number: int) -> str:
    return next((one for one in lines[number:] if one.strip()), "")


def _is_border(lines: list[str], number: int) -> bool:
    line = lines[number][:_LONGEST_LINE]
    if _SEPARATOR.fullmatch(line):
        return True
    first = number + 1 if _RULE.fullmatch(line) else number
    if first >= len(lines) or not _FROM.fullmatch(lines[first][:_LONGEST_LINE]):
        return False
    return _is_a_programs([one[:_LONGEST_LINE] for one in lines[first : first + _MOST_LINES_OF_BLOCK] if one.strip()])


def _is_a_programs(block: list[str]) -> bool:
    """Whether a block that begins with From is one of headers. From and To alone are of a journey, or of a change of address;
    From, To and a day are of one, too."""
    known = [one for one in block if any(header.fullmatch(one) for header in (_FROM, _SENT, _SUBJECT, _OTHER))]
    if known[:2] != block[:2]:
        return False
    sent = next((one for one in known if _SENT.fullmatch(one)), "")
    has_subject = any(_SUBJECT.fullmatch(one) for one in known)
    if _ADDRESS.search(block[0]):
        return bool(sent) or has_subject
    return has_subject and bool(_DATE.search(sent) or _CLOCK.search(sent))


def _sentence_at(lines: list[str], number: int) -> int:
    """How many lines the sentence takes that introduces a quote; 0 when none begins here."""
    if not lines[number].strip() or _is_quoted(lines[number]):
        return 0
    for taken in range(1, _MOST_LINES_OF_SENTENCE + 1):
        part = lines[number : number + taken]
        if len(part) < taken or not part[-1].strip():
            return 0
        if _ITS_END.search(part[-1][-40:]):
            said = " ".join(part).strip()[:600]
            return taken if _SENTENCE.fullmatch(said) and _introduces(said, _next(lines, number + taken)) else 0
    return 0


def _introduces(said: str, following: str) -> bool:
    if _is_quoted(following) or _ADDRESS.search(said):
        return True
    return bool(_DATE.search(said) and _CLOCK.search(said))
