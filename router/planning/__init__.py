"""Operation in, `QueryPlan` out.

Entry: `router.planning.normalize.normalize.normalize`, then `router.planning.planner.Planner.plan`.
Invariant: a plan depends on the operation and the supergraph alone, never on variables' values or the time.
"""
