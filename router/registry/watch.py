"""Is there something new?  Wakes when files change."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Iterable
from pathlib import Path


async def file_changes(files: Callable[[], Collection[Path]]) -> AsyncGenerator[None]:
    """Yield whenever one of the files may have changed, been replaced, or appeared.

    ``files`` is asked again after every change, since the list itself may be one of them; a folder among them
    stands for all that is directly in it.  Wakes too often rather than too seldom: whoever listens compares what
    it reads.
    """
    from watchfiles import awatch  # noqa: PLC0415  # 30 ms that only a watching router pays

    while True:
        folders = _folders(files())
        async for changes in awatch(*folders, debounce=100, step=50, recursive=False):
            if _concern(files(), (changed for _, changed in changes)):
                yield
            if _folders(files()) != folders:
                break
        yield  # what changed before the new folders were watched


def _folders(files: Collection[Path]) -> list[Path]:
    """Give what to watch: folders, since an editor or ``mv`` puts a new file in the old one's place."""
    return sorted({path.absolute() if path.is_dir() else path.absolute().parent for path in files})


def _concern(files: Collection[Path], changes: Iterable[str]) -> bool:
    names = {path.name for path in files}
    folders = {path.absolute() for path in files if path.is_dir()}
    changed = [Path(path) for path in changes]
    # A mounted Kubernetes volume changes by one link named ..data.
    return any(
        path.name in names or path.name.startswith("..") or path.absolute().parent in folders
        for path in changed
    )
