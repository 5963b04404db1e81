"""Large generated texts are compiled in another process, and what they do is the same."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import CodeType

import pytest

from router.execution.compile_apart import APART_FROM, compile_text


def text_of(size: int) -> str:
    """A module with one function as long as asked."""
    lines = ["def answer(values):", "    found = {}"]
    line = "    found['key'] = values['key'] if type(values['key']) is str else str(values['key'])"
    lines += [line] * (size // len(line) + 1)
    return "\n".join([*lines, "    return found", ""])


def answer(code: CodeType) -> object:
    namespace: dict[str, object] = {}
    exec(code, namespace)
    function = namespace["answer"]
    assert callable(function)
    return function({"key": 1})


@pytest.mark.parametrize("size", [100, APART_FROM])
def test_code_does_the_same_wherever_it_was_compiled(size: int) -> None:
    text = text_of(size)
    code = compile_text(text, "<plan x>.py")
    assert code.co_code == compile(text, "<plan x>.py", "exec").co_code
    assert code.co_filename == "<plan x>.py"
    assert answer(code) == {"key": "1"}


@pytest.mark.parametrize("interpreter", ["/nowhere/python", "", "/bin/true"])
def test_where_no_interpreter_can_be_started_it_is_compiled_here(interpreter: str) -> None:
    assert answer(compile_text(text_of(APART_FROM), "<plan y>.py", interpreter=interpreter)) == {"key": "1"}


def test_an_interpreter_that_fails_is_no_failure(tmp_path: Path) -> None:
    broken = tmp_path / "python3"
    broken.write_text("#!/bin/sh\ncat >/dev/null\necho nonsense\n")
    broken.chmod(0o755)
    code = compile_text(text_of(APART_FROM), "<plan z>.py", interpreter=str(broken))
    assert answer(code) == {"key": "1"}


def test_other_threads_run_while_a_large_text_is_compiled() -> None:
    text = text_of(3 * APART_FROM)
    used: list[float] = []

    def compile_here_or_there() -> None:
        before = time.thread_time()
        compile_text(text, "<plan w>.py")
        used.append(time.thread_time() - before)

    thread = threading.Thread(target=compile_here_or_there)
    thread.start()
    thread.join()
    before = time.thread_time()
    compile(text, "<plan w>.py", "exec")
    alone = time.thread_time() - before
    assert used[0] < alone / 2, "this process spent as much time on it as if it had compiled it itself"
