"""How to ask this router from curl, Apollo Client, urql and Python: texts to copy, each run by a test as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from router.server.about import Addresses


@dataclass(frozen=True, slots=True)
class Snippet:
    """One text."""

    title: str
    text: str


_CURL: Final = """curl {graphql} \\
  -H 'content-type: application/json' \\
  -d '{{"query": "query First {{ __typename }}"}}'
"""

_APOLLO: Final = """// npm install @apollo/client rxjs graphql graphql-ws
import {{ ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql }} from "@apollo/client";
import {{ GraphQLWsLink }} from "@apollo/client/link/subscriptions";
import {{ OperationTypeNode }} from "graphql";
import {{ createClient }} from "graphql-ws";

const client = new ApolloClient({{
  cache: new InMemoryCache(),
  link: ApolloLink.split(
    ({{ operationType }}) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(createClient({{ url: "{websocket}" }})),
    new HttpLink({{ uri: "{graphql}" }}),
  ),
}});

const {{ data }} = await client.query({{ query: gql`query First {{ __typename }}` }});
console.log(data);
"""

_URQL: Final = """// npm install @urql/core graphql graphql-ws
import {{ Client, cacheExchange, fetchExchange, gql, subscriptionExchange }} from "@urql/core";
import {{ createClient }} from "graphql-ws";

const socket = createClient({{ url: "{websocket}" }});
const client = new Client({{
  url: "{graphql}",
  exchanges: [
    cacheExchange,
    fetchExchange,
    subscriptionExchange({{
      forwardSubscription: (request) => ({{
        subscribe: (sink) => ({{
          unsubscribe: socket.subscribe({{ ...request, query: request.query ?? "" }}, sink),
        }}),
      }}),
    }}),
  ],
}});

const {{ data, error }} = await client.query(gql`query First {{ __typename }}`, {{}}).toPromise();
console.log(data ?? error);
"""

_PYTHON: Final = """# pip install httpx
import httpx

answer = httpx.post(
    "{graphql}",
    json={{"query": "query First {{ __typename }}", "variables": {{}}}},
    timeout=30,
).json()
for error in answer.get("errors", []):
    print(error["message"])
print(answer.get("data"))
"""

_SNIPPETS: Final = (("curl", _CURL), ("Apollo Client", _APOLLO), ("urql", _URQL), ("Python", _PYTHON))


def snippets(where: Addresses) -> tuple[Snippet, ...]:
    """Give the texts with the addresses in them."""
    return tuple(
        Snippet(title, text.format(graphql=where.graphql, websocket=where.websocket))
        for title, text in _SNIPPETS
    )
