"""A question's words in the forms `question` reads: synonyms joined, numbers as digits, typos mended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from subgraphs.analytics.vocabulary import FILLERS, MEANINGS, NUMBERS

_CUTOFF: Final = 0.8
"""How alike a misspelt word must be to the one it is taken for: one wrong letter in five."""

_CANDIDATES: Final = tuple(word for word in (*MEANINGS, *NUMBERS) if len(word) > 3)


@dataclass(frozen=True, slots=True)
class Words:
    """What a question says."""

    text: str
    """Known words, each in the one form for its meaning, with single spaces."""
    mended: tuple[tuple[str, str], ...] = ()
    """Misspelt words with what they were taken for."""
    unknown: tuple[str, ...] = ()


def read_words(question: str) -> Words:
    """The words of a question, in its order."""
    text = question.lower().replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    text = re.sub(r"\bto date\b", "todate", text)
    text = re.sub(r"\bmay (?=i\b|we\b)", "", text)  # a request, not a month
    text = re.sub(r"\bthe (?:last|previous)\b", "past", text)  # "the last week" is not "last week"
    text = re.sub(r"\bday by day\b", "daily", text)
    read: list[str] = []
    mended: list[tuple[str, str]] = []
    unknown: list[str] = []
    for word in re.findall(r"[^\W\d_]+|\d+", text):
        meaning = _meaning(word)
        if meaning is None and (likely := _likely(word)):
            meaning = _meaning(likely)
            mended.append((word, likely))
        if meaning is None:
            unknown.append(word)
        elif meaning:
            read.append(meaning)
    return Words(_with_whole_numbers(read), tuple(mended), tuple(unknown))


def _meaning(word: str) -> str | None:
    """What to read for a word; empty when it changes nothing, None when it is unknown."""
    if word.isdigit():
        return word.lstrip("0") or "0"
    return MEANINGS.get(word) or NUMBERS.get(word) or ("" if word in FILLERS else None)


def _likely(word: str) -> str | None:
    return next(iter(get_close_matches(word, _CANDIDATES, 1, _CUTOFF)), None) if len(word) > 3 else None


def _with_whole_numbers(read: list[str]) -> str:
    """Joins ``20 5`` to ``25`` and ``2 100`` to ``200``, the way people say them."""
    text = " ".join(read)
    text = re.sub(r"\b([1-9]) 100\b", lambda number: f"{number[1]}00", text)
    text = re.sub(
        r"\b([1-9])00 ([1-9]\d?)\b", lambda number: str(int(number[1]) * 100 + int(number[2])), text
    )
    return re.sub(r"\b([2-9])0 ([1-9])\b", r"\1\2", text)
