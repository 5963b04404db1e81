"""Runs plans: compiles each once to Python functions, asks the subgraphs, writes the response.

Entry: `compile.compile_plan(plan, supergraph) -> CompiledPlan`; `run.execute(compiled, ctx) -> Response`;
`subscription.respond(compiled, events, new_context)`.

Theory of operation.  A subgraph's answer is kept as it came and never changed.  Compile time knows which
fetch holds which key at which place (`places`), so nothing is ever merged: every reader, generated or not,
looks a value up where it lies, and an entity by its *slot*: a dictionary that gathering filled, from what
identifies an object (the value of its key, or the object itself) to the index of its representation.

Two readers exist for each job.  The generated one (`emit`) does what a good answer needs and nothing
else; on anything it does not expect (a missing key, a wrong type, null where none may be) it gives up.
Then the patient one takes over, with paths and errors: `gathering` for the fetch, `completion` for the one
object where it happened (`fallback`).  Both must agree; `tests/execution/reference.py` is the judge.

Requests that were joined in flight share what follows from their answers (`derived`).

Invariants: client text never becomes code; a failing fetch blocks nobody; answers are never mutated.
"""
