// The registry's GraphQL API, with the token of this tab.

const KEY = "olympus-registry-token";

export const token = {
  get: () => sessionStorage.getItem(KEY),
  set: (text) => sessionStorage.setItem(KEY, text),
  clear: () => sessionStorage.removeItem(KEY),
};

/** Thrown with the API's code where a request gives no data. */
export class ApiError extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/** Ask, and give `data`. */
export async function ask(query, variables = {}) {
  let answer;
  try {
    answer = await fetch(new URL("graphql", document.baseURI), {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token.get() ?? ""}` },
      body: JSON.stringify({ query, variables }),
    });
  } catch {
    throw new ApiError("The registry cannot be reached; is it running?", "UNREACHABLE");
  }
  const body = await answer.json().catch(() => ({}));
  if (body.errors?.length) throw new ApiError(body.errors[0].message, body.errors[0].extensions?.code);
  if (!body.data) throw new ApiError(`The registry answers with status ${answer.status}.`, "NO_ANSWER");
  return body.data;
}
