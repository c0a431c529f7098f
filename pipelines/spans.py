"""A span of time in words: "63 sessions", "90 days", "3 months", "3 months of sessions".

Owns what people may write and the one way it is named. Which spans are worked out is said by the tables that hold them.
"""

import re

OF_A_MONTH = {"days": 30, "sessions": 21}  # what a horizon of a month is in the tables (domain §2.8)
_WORDS = re.compile(r"(\d+) *(day|session|month)s?( of sessions)?", re.IGNORECASE)


def named(words: str) -> str:
    """The span in days or sessions, as the definitions of a question name it ("63 sessions").

    Raises:
        ValueError: the words are no span; says how to write one.
    """
    found = _WORDS.fullmatch(words.strip())
    if found is None or (found[3] and found[2].lower() != "month"):
        raise ValueError(f'\'{words}\' is no span of time; write it like "63 sessions", "90 days" or "3 months of sessions"')
    count, unit = int(found[1]), f"{found[2].lower()}s"
    if unit != "months":
        return f"{count} {unit}"
    unit = "sessions" if found[3] else "days"
    return f"{count * OF_A_MONTH[unit]} {unit}"
