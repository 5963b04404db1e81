"""Generated text as a module: compiled once for all who have the same text, readable as long as one of them lives."""

from __future__ import annotations

import hashlib
import linecache
import weakref
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any

from router.execution.compile_apart import compile_text


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Module:
    """One generated text and its code.  Whoever uses functions of it keeps it."""

    code: CodeType
    size: int
    """Characters of the text."""
    _packed: bytes

    @property
    def text(self) -> str:
        """The text; kept compressed, as it is read by people only and takes an eighth of its size."""
        return zlib.decompress(self._packed).decode()

    def run(self, constants: Mapping[str, Any]) -> dict[str, Any]:
        """Run the text once, so that it defines its functions; give its namespace."""
        namespace = dict(constants)
        exec(self.code, namespace)  # noqa: S102 - the text is ours; see `emit`'s charter
        return namespace


_IN_USE: weakref.WeakValueDictionary[bytes, Module] = weakref.WeakValueDictionary()
"""By a digest of their text, which operations share that differ in names, literals or spelling."""


def load_module(text: str) -> Module:
    """Compile a text, or find it compiled; tracebacks show its lines as long as anything uses it.

    Cost: of a text in use, one digest; of another, half of what compiling a plan costs.
    """
    digest = hashlib.sha256(text.encode()).digest()
    known = _IN_USE.get(digest)
    if known is not None:
        return known
    name = f"<plan {digest.hex()[:12]}>.py"  # linecache never asks for the lines of what ends in ">"
    module = Module(compile_text(text, name), len(text), zlib.compress(text.encode()))
    packed = module._packed
    linecache.cache[name] = (lambda: zlib.decompress(packed).decode(),)
    weakref.finalize(module, linecache.cache.pop, name, None).atexit = False
    return _IN_USE.setdefault(digest, module)
