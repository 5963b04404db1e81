"""Python's compiler, for large texts in a process of its own.

Compiling is one call, during which the interpreter runs nothing else: a third of a second for a megabyte, in which no
other request is answered, on whatever thread it is called.
"""

from __future__ import annotations

import marshal
import subprocess
import sys
from pathlib import PurePath
from types import CodeType
from typing import Final

APART_FROM: Final = 200_000
"""Characters; a shorter text is compiled sooner than an interpreter starts."""
_TIMEOUT: Final = 30.0
"""Seconds for a child that hangs; then it is compiled here after all."""
_CHILD: Final = (
    "import marshal, sys; "
    "sys.stdout.buffer.write(marshal.dumps(compile(sys.stdin.buffer.read(), sys.argv[1], 'exec')))"
)


def compile_text(text: str, name: str, *, interpreter: str = sys.executable) -> CodeType:
    """Compile a module's text.

    ``interpreter``: path of this Python.  Where it cannot be started the text is compiled here.
    Cost: waits; a large text holds this interpreter for a fifth of its compilation, while its code is read back.
    """
    if len(text) >= APART_FROM and PurePath(interpreter).name.startswith("python"):
        code = _compile_apart(text, name, interpreter)
        if code is not None:
            return code
    return compile(text, name, "exec")


def _compile_apart(text: str, name: str, interpreter: str) -> CodeType | None:
    command = [interpreter, "-I", "-S", "-c", _CHILD, name]
    try:
        done = subprocess.run(  # noqa: S603  # this interpreter, and a name of ours
            command, input=text.encode(), capture_output=True, timeout=_TIMEOUT, check=True
        )
        code = marshal.loads(done.stdout)  # noqa: S302  # what our own child wrote
    except (OSError, subprocess.SubprocessError, ValueError, EOFError, TypeError):
        return None
    return code if isinstance(code, CodeType) else None
