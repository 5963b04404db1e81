"""SDL text to tokens, by one regular expression.

Every character ends up in exactly one token or in what is ignored before it, so where a token starts follows
from the lengths of all before it, and nothing but strings is made per token.  What GraphQL does not allow becomes
a token that no grammar rule takes; only then does anybody ask what was wrong with it.
Spec: GraphQL September 2025, section 2.1.
"""

from __future__ import annotations

import re
from itertools import accumulate, chain
from typing import Final

from graphql import GraphQLSyntaxError
from graphql.language import Lexer, Source
from graphql.language.block_string import dedent_block_string_lines

from router.language.sdl_nodes import Position

_IGNORED: Final = r"(?:[\ufeff\t\n\r ,]++|#[^\n\r]*+)*+"
_NAME: Final = r"[_A-Za-z][_0-9A-Za-z]*+"
_BLOCK_STRING: Final = r'"""(?:[^"\\\ud800-\udfff]++|\\"""|\\|"(?!""))*+"""'
_ESCAPE: Final = r'\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]+\})'
_STRING: Final = rf'"(?!"")(?:[^"\\\n\r\ud800-\udfff]++|{_ESCAPE})*+"'
_NUMBER: Final = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+(?![.0-9_A-Za-z])"
_TOKEN: Final = re.compile(
    rf"({_IGNORED})({_NAME}|[!$&():=@\[\]{{|}}]|{_BLOCK_STRING}|{_STRING}|{_NUMBER}|\.\.\.|.|)", re.DOTALL
)
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_ESCAPED: Final = re.compile(r"\\(?:u\{([0-9A-Fa-f]+)\}|u([0-9A-Fa-f]{4})|(.))")
_SHORT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
NAME_START: Final = frozenset("_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
NUMBER_START: Final = frozenset("-0123456789")
PUNCTUATORS: Final = frozenset({"!", "$", "&", "(", ")", "...", ":", "=", "@", "[", "]", "{", "|", "}"})


class SdlSyntaxError(ValueError):
    """The text is not SDL; the message has no place, ``at`` is it."""

    def __init__(self, message: str, at: Position) -> None:
        super().__init__(message)
        self.at = at


def lex(text: str) -> tuple[list[str], list[int]]:
    """Give the tokens and where each starts; the end of the text is an empty token.

    Cost: linear; about a tenth of graphql-core's lexer.
    """
    pairs = _TOKEN.findall(text)
    ends = list(accumulate(map(len, chain.from_iterable(pairs))))
    # The padding lets the parser look ahead without asking whether there is an ahead.
    return [token for _, token in pairs] + [""] * 4, ends[0::2]


def line_starts(text: str) -> tuple[int, ...]:
    """Give the offset of each line's first character."""
    return (0, *(match.end() for match in _LINE_END.finditer(text)))


def lexical_fault(text: str, start: int) -> GraphQLSyntaxError | None:
    """What GraphQL says is wrong with the token at an offset, if anything is."""
    lexer = Lexer(Source(text))
    try:
        lexer.read_next_token(start)
    except GraphQLSyntaxError as error:
        return error
    return None


def string_value(token: str) -> str | None:
    """The value of a string or block string token; None when an escape stands for no character."""
    if token.startswith('"""'):
        raw = token[3:-3].replace('\\"""', '"""')
        return "\n".join(dedent_block_string_lines(_LINE_END.split(raw)))
    if "\\" not in token:
        return token[1:-1]
    try:
        value = _ESCAPED.sub(_unescape, token[1:-1])
        # A pair of \u escapes may be one character; half of one is none.
        return value.encode("utf-16", "surrogatepass").decode("utf-16") if _SURROGATE.search(value) else value
    except (ValueError, OverflowError):
        return None


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code is None:
        return _SHORT.get(match[3], match[3])
    point = int(code, 16)
    if match[1] and 0xD800 <= point <= 0xDFFF:
        raise ValueError(code)
    return chr(point)
