"""Paths are shared by planning threads: what one is finding out is no dead end for another."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from router.federation.supergraph import read_supergraph
from router.querygraph.build import build_query_graph
from router.querygraph.paths import Paths
from tests.engine.sample import SUPERGRAPH


def test_two_threads_that_ask_the_same_first_are_told_the_same() -> None:
    graph = build_query_graph(read_supergraph(SUPERGRAPH))
    product = graph.node("PRODUCTS", "Product")
    assert product is not None
    states = ((product, ()),)
    expected = Paths(graph).entries("Product", states)
    assert expected
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(2) as pool:
            for _ in range(300):
                paths, together = Paths(graph), Barrier(2)

                def ask(paths: Paths = paths, together: Barrier = together) -> object:
                    together.wait()
                    return paths.entries("Product", states)

                assert [one.result() for one in (pool.submit(ask), pool.submit(ask))] == [expected] * 2
    finally:
        sys.setswitchinterval(before)
