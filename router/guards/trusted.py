"""Is this document on the list?  Trusted documents: those that the makers of clients have written down.

A client names one by id, or sends its text.  Texts are the same when they differ only in what GraphQL ignores:
white space, commas and comments.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from graphql.error import GraphQLSyntaxError
from graphql.language import Lexer, Source, TokenKind

from router.errors import ClientError
from router.guards.manifest import InvalidManifestError, TrustedDocument

MAX_REMEMBERED: Final = 1_000
"""Texts of clients whose normal form is kept, by hash."""


class PersistedQueryNotInListError(ClientError):
    """No trusted document has this id.

    What to do: publish the client's manifest before the client; see which documents the router has loaded.
    """

    code = "PERSISTED_QUERY_NOT_IN_LIST"

    def __init__(self) -> None:
        super().__init__("No trusted document has this id.")


class QueryNotInSafelistError(ClientError):
    """Only trusted documents run here (``persisted_queries.safelist``), and this is none of them.

    What to do: add the operation to the client's manifest, ``olympus documents extract`` writes one.
    """

    code = "QUERY_NOT_IN_SAFELIST"
    status = 403

    def __init__(self) -> None:
        super().__init__("This operation is not on the list of trusted documents.")


class PersistedQueryIdRequiredError(ClientError):
    """Only documents asked for by id run here (``persisted_queries.safelist.require_id``).

    What to do: send ``documentId`` or ``extensions.persistedQuery.sha256Hash`` instead of the text.
    """

    code = "PERSISTED_QUERY_ID_REQUIRED"

    def __init__(self) -> None:
        super().__init__("Operations are asked for by the id of a trusted document, not by their text.")


class IdAndBodyDifferError(ClientError):
    """The request has an id and a text, and the text is not that of the id.

    What to do: send the id alone.
    """

    code = "CANNOT_SEND_PQ_ID_AND_BODY"

    def __init__(self) -> None:
        super().__init__("The text is not that of the id; send the id alone.")


class TrustedDocuments:
    """One list, never changed; a new manifest makes a new one.

    Cost: of a document by id, a look-up; of a text as the list has it, a look-up; of any other text its normal
    form, unless it is far longer than everything on the list.
    Raises: InvalidManifestError where two documents claim one id.
    """

    def __init__(self, documents: Iterable[TrustedDocument]) -> None:
        self.documents = tuple(dict.fromkeys(documents))
        self._by_id: dict[tuple[str, str | None], TrustedDocument] = {}
        self._by_text: dict[str, str] = {}
        for one in self.documents:
            there = self._by_id.setdefault((one.id, one.client_name), one)
            if there.text != one.text:
                names = f"{there.name or 'one'} and {one.name or 'another'}"
                raise InvalidManifestError(f"two documents have the id {one.id}: {names}")
            self._by_text[one.text] = one.text
        self._by_normal_form = {normal_form(text): text for text in self._by_text}
        self._longest = max(map(len, self._by_text), default=0)
        self._remembered: OrderedDict[str, str | None] = OrderedDict()

    def by_id(self, document_id: str, client_name: str | None) -> str | None:
        """Give the text of an id: the client's own before everyone's; ``sha256:`` before an id may be left out."""
        for spelled in (document_id, document_id.removeprefix("sha256:")):
            for name in (client_name, None):
                found = self._by_id.get((spelled, name))
                if found is not None:
                    return found.text
        return None

    def by_text(self, text: str) -> str | None:
        """Give the trusted text that is the same document as ``text``."""
        found = self._by_text.get(text)
        if found is not None or len(text) > 4 * self._longest + 10_000:
            return found
        if text in self._remembered:
            self._remembered.move_to_end(text)
            return self._remembered[text]
        found = self._remembered[text] = self._by_normal_form.get(normal_form(text))
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
        return found


def normal_form(text: str) -> str:
    """Give a text without what GraphQL ignores; a text that is no GraphQL is its own.

    Spec: GraphQL, "Source Text", "Ignored Tokens".
    """
    lexer = Lexer(Source(text))
    words: list[str] = []
    try:
        while (token := lexer.advance()).kind is not TokenKind.EOF:
            words.append(text[token.start : token.end])
    except GraphQLSyntaxError:
        return text
    return " ".join(words)
