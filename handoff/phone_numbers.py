"""Telephone numbers in what people write: which the shop calls, and how they are shown. Pure."""

import re
from collections.abc import Iterator, Sequence

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

LONGEST_WISH = 200  # characters
# A day as people write it, which has as many digits as a short number.
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{1,2}-\d{1,2}")
# What costs the shop dear to call, or is no telephone.
_NEVER_CALLED = {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.PAGER, PhoneNumberType.UAN}


def find_numbers(text: str, regions: Sequence[str]) -> Iterator[phonenumbers.PhoneNumberMatch]:
    """Numbers in a text that may be called: valid in one of `regions`, which are tried in turn, and none that is dear."""
    for region in regions:
        for match in phonenumbers.PhoneNumberMatcher(text, region):
            if not _DATE.fullmatch(match.raw_string) and may_be_called(match.number, regions):
                yield match


def shown(phone: str) -> str:
    """A number in E.164 as people read it: +44 20 7946 0018."""
    return phonenumbers.format_number(phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def may_be_called(number: PhoneNumber, regions: Sequence[str]) -> bool:
    """Whether the shop calls such a number."""
    return (
        phonenumbers.is_valid_number(number)
        and phonenumbers.region_code_for_number(number) in regions
        and phonenumbers.number_type(number) not in _NEVER_CALLED
    )


def wish_in(text: str, match: phonenumbers.PhoneNumberMatch) -> str:
    """What the shopper wrote beside her number."""
    around = (" ".join(part.split()).strip(" ,.;:-–") for part in (text[: match.start], text[match.end :]))
    return ", ".join(part for part in around if part)[:LONGEST_WISH]
