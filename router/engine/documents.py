"""Which text does a request stand for?  Trusted documents first, then automatic persisted queries.

| | by a trusted id | by another id or hash | by a trusted text | by another text |
|---|---|---|---|---|
| no list | – | APQ | – | runs |
| a list | runs | APQ, where it is a hash | runs | runs; logged where told |
| safelist | runs | refused | runs | refused |
| safelist, ids only | runs | refused | refused | refused |
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from router.engine.trusted_list import TrustedList
from router.errors import ClientError
from router.guards.manifest import sha256_of
from router.guards.persisted import PersistedQueryStore, document_text
from router.guards.trusted import (
    IdAndBodyDifferError,
    PersistedQueryIdRequiredError,
    PersistedQueryNotInListError,
    QueryNotInSafelistError,
    TrustedDocuments,
)
from router.protocols.graphql_request import GraphQLRequest, PersistedQueryNotSupportedError
from router.telemetry.logs import get_log

_log = get_log("engine")

CLIENT_NAME_HEADERS: Final = (b"apollographql-client-name", b"graphql-client-name")
MAX_LOGGED: Final = 1_000
"""Unknown documents that are remembered, so that each is logged once."""


class DocumentsNotReadyError(ClientError):
    """Only trusted documents run here, and no list of them could be read yet.

    What to do: try again; the router's log says which source cannot be read.
    """

    code = "NOT_READY"
    status = 503


class Documents:
    """Resolves requests.  Cost: nothing for a request with a text where there is no list."""

    def __init__(self, automatic: PersistedQueryStore | None, trusted: TrustedList | None) -> None:
        self._automatic = automatic
        self._trusted = trusted
        self._logged: OrderedDict[str, None] = OrderedDict()

    def concern(self, request: GraphQLRequest) -> bool:
        """Tell whether a request must be resolved before it runs."""
        return self._trusted is not None or not request.query or bool(request.extensions)

    async def resolved(self, request: GraphQLRequest, headers: Mapping[bytes, bytes]) -> GraphQLRequest:
        """Give the request with its document's text.  Raises: ClientError, with the reason's code."""
        extension = request.extensions.get("persistedQuery")
        sha256 = extension.get("sha256Hash") if isinstance(extension, dict) else None
        document_id = request.document_id or (sha256 if isinstance(sha256, str) else None)
        if self._trusted is not None:
            text = self._trusted_text(self._trusted, request, document_id, headers)
            if text is not None:
                return replace(request, query=text)
        if request.document_id and not request.query:
            raise PersistedQueryNotInListError
        if self._automatic is None or not isinstance(extension, dict):
            if not request.query:
                raise PersistedQueryNotSupportedError
            return request
        return replace(request, query=await document_text(request.query, extension, self._automatic))

    def _trusted_text(
        self,
        trusted: TrustedList,
        request: GraphQLRequest,
        document_id: str | None,
        headers: Mapping[bytes, bytes],
    ) -> str | None:
        """Give the text from the list; None where the list does not decide."""
        listed, options = trusted.documents, trusted.options
        if listed is None:
            if options.is_safelist:
                raise DocumentsNotReadyError(
                    "The list of trusted documents is not there yet; try again soon."
                )
            return None
        if document_id is not None:
            text = listed.by_id(document_id, _client_name(headers))
            if text is not None:
                if request.query and listed.by_text(request.query) != text:
                    raise IdAndBodyDifferError
                return text
            if not request.query and options.is_safelist:
                raise PersistedQueryNotInListError
        return self._text_by_text(listed, trusted, request) if request.query else None

    def _text_by_text(
        self, listed: TrustedDocuments, trusted: TrustedList, request: GraphQLRequest
    ) -> str | None:
        options = trusted.options
        if options.requires_id and options.is_safelist:
            raise PersistedQueryIdRequiredError
        if not options.is_safelist and not options.logs_unknown:
            return None
        text = listed.by_text(request.query)
        if text is not None:
            return text
        if options.logs_unknown:
            self._log_once(request)
        if options.is_safelist:
            raise QueryNotInSafelistError
        return None

    def _log_once(self, request: GraphQLRequest) -> None:
        sha256 = sha256_of(request.query)
        if sha256 in self._logged:
            return
        self._logged[sha256] = None
        if len(self._logged) > MAX_LOGGED:
            self._logged.popitem(last=False)
        _log.warning("document is not trusted", sha256=sha256, characters=len(request.query))


def _client_name(headers: Mapping[bytes, bytes]) -> str | None:
    for name in CLIENT_NAME_HEADERS:
        value = headers.get(name)
        if value is not None:
            return value.decode("latin-1")
    return None
