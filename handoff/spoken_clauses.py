"""What of a text about a time is meant: not the times that somebody refuses, and of "between 2 and 4 pm" the beginning. Pure.

All texts here are folded: small letters without marks (handoff/spoken_times.py).
"""

import re

# "Đừng" (do not) is told from "đúng" (sharp) by its marks, before those are taken off; "trừ" is except.
TOLD_APART = {"đừng ": "khong ", "trừ ": "khong "}
_NOT = re.compile(
    r"\b(not|no|never|nor|except|cannot|cant|dont|doesnt|wont|(ca|do|does|wo|is|are)n['’]?t"
    r"|nunca|tampoco|excepto|salvo|khong|ko|ngoai tru)\b"
)
# "Được không?" asks, and nobody who says that there is no problem refuses anything.
_REFUSES_NOTHING = re.compile(
    r"\bno (problem|worries|hurry|rush|hay problema|importa|pasa nada|hay prisa)\b"
    r"|\b(khong|ko) (sao|van de|biet|gap|voi)\b|\b(khong|ko)( (a|ban|shop|ad|em|nhi|vay))*$"
)
_NOT_BEFORE = re.compile(r"\b(before|until|till|earlier|sooner|antes|hasta|truoc|som hon)\b")
_CLAUSES = re.compile(
    r"[;!?]|,(?!\d)|\.(?=\s+[a-z]{3})"
    r"|\b(?:but|so|rather|better|instead|because|then|pero|sino|mejor|asi que|por eso|porque|nhung|nen|vi)\b"
)

_UNIT = r"h|hs|hrs|gio|o'?clock|horas"
_CLOCK = r"(?P<{0}>[01]?\d|2[0-3])(?:(?::|h|g|\.)(?P<{0}_minute>[0-5]\d))?\s?(?P<{0}_half>am|pm)?(?P<{0}_unit>{1})?"
_SPAN = re.compile(
    r"(?P<before>\b(?:between|from|entre|desde|de|tu|at|around|about|luc|khoang|tam)\s(?:las? )?)?(?<![\d/.:-])\b"
    + _CLOCK.format("begin", _UNIT)
    + r"\s?(?:-|–|~|\b(?:and|to|until|till|y|a|hasta|den|toi)\b)\s?(?:las? )?(?:luc )?"
    + _CLOCK.format("end", _UNIT)
    + r"(?![\w/:-])(?!\.\d)(?!\s?(?:days?|weeks?|months?|hours|minutes|people|dias?|semanas?|meses|personas|minutos"
    r"|ngay|tuan|thang|nguoi|tieng|phut)\b)(?P<behind>\sde la (?:manana|tarde|noche)|\s(?:sang|trua|chieu|toi)\b)?"
)
_HALF_OF_PART = {"manana": "am", "sang": "am", "tarde": "pm", "noche": "pm", "chieu": "pm", "toi": "pm"}


def wanted(said: str) -> tuple[str, str]:
    """The clauses that refuse nothing, and those that do: "not in the morning", "por la mañana no puedo".

    "Not before five" is five, and refuses nothing that she did not name.
    """
    if not _NOT.search(said):
        return said, ""
    kept: list[str] = []
    refused: list[str] = []
    for clause in (one.strip() for one in _CLAUSES.split(said)):
        refuses = _NOT.search(_REFUSES_NOTHING.sub(" ", clause)) and not _NOT_BEFORE.search(clause)
        (refused if refuses else kept).append(clause)
    return ", ".join(kept), ", ".join(refused)


def beginnings(said: str) -> str:
    """The text with the beginning in place of every span between two times of the clock."""
    return _SPAN.sub(_beginning, said)


def _beginning(span: re.Match[str]) -> str:
    """With the end's "pm", which is said once for both, unless it begins in the other half: "between 10 and 2 pm"."""
    marked = ("before", "begin_half", "begin_unit", "begin_minute", "end_half", "end_unit", "end_minute", "behind")
    if not any(span[one] for one in marked):
        return span[0]  # "2-4" alone may be a day, or how many she wants
    begin, end = int(span["begin"]), int(span["end"])
    minute = f":{span['begin_minute'] or '00'}"
    part = (span["behind"] or "").split()[-1:]
    half = span["begin_half"] or span["end_half"] or next((_HALF_OF_PART.get(one, "") for one in part), "")
    before = span["before"] or ""
    if not half or begin > 12 or begin == 0:
        # Which half is meant is found as for any other time.
        return f"{before} {begin}{minute} {span['behind'] or ''} "
    if not span["begin_half"] and begin % 12 > end % 12:
        half = "am" if half == "pm" else "pm"
    return f"{before} {begin}{minute} {half} "
