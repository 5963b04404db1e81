"""Where the router's supergraph may come from besides a composed file: subgraphs, composed here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from router.composition.result import CompositionError, CompositionHint, Rejected
from router.config.problem import ConfigError
from router.config.subgraphs_file import read_subgraphs_file
from router.config.subgraphs_folder import LIST, read_subgraphs_folder
from router.config.supergraph import FollowSection
from router.engine.reload import Release, SupergraphSource, UnusableSupergraphError
from router.registry.remote import RemoteError, RemoteOptions, RemoteText


def subgraphs_source(
    path: Path, environment: Mapping[str, str], urls: Mapping[str, str] | None = None
) -> SupergraphSource:
    """Give the source that composes the subgraphs listed in a ``supergraph.yaml``, or those of a folder.

    ``urls``, by name, are for subgraphs of a folder that do not say their own.
    """
    # A router of a composed supergraph never pays for the composer: half a second at its start.
    from router.composition.compose import compose  # noqa: PLC0415

    known: list[Path] = [path]

    def read() -> str:
        try:
            if path.is_dir() and not (path / LIST).is_file():
                listed = read_subgraphs_folder(path, urls or {})
            else:
                listed = read_subgraphs_file(path / LIST if path.is_dir() else path, environment)
        except ConfigError as error:
            raise UnusableSupergraphError(str(error)) from None
        known[:] = listed.files
        result = compose(listed.inputs)
        if isinstance(result, Rejected):
            raise UnusableSupergraphError(
                "the subgraphs do not compose:\n" + "\n".join(finding_line(error) for error in result.errors)
            )
        return result.supergraph_sdl

    def files() -> Collection[Path]:
        return tuple(known)

    return SupergraphSource(read, files)


def remote_source(options: RemoteOptions) -> SupergraphSource:
    """Give the source for a composed supergraph at a URL."""
    remote = RemoteText(options)

    def read() -> str:
        try:
            return remote.read()
        except RemoteError as error:
            raise UnusableSupergraphError(str(error)) from None

    return SupergraphSource(read, poll_s=remote.wait_s, took=remote.keep)


def registry_source(section: FollowSection) -> SupergraphSource:
    """Give the source for a variant of a registry.  Raises: ConfigError for a key that cannot be used."""
    # Cryptography is imported by routers that follow a registry only.
    from router.config.follow import follow_options  # noqa: PLC0415
    from router.registry.follow import Follower, FollowError  # noqa: PLC0415

    follower = Follower(follow_options(section))
    live: Release | None = None

    def read() -> str:
        try:
            return follower.read()
        except FollowError as error:
            raise UnusableSupergraphError(str(error)) from None

    def took(sdl: str) -> None:
        nonlocal live
        newest = follower.current
        if newest is not None and newest.supergraph == sdl:
            live = Release(newest.graph, newest.variant, newest.release, newest.created_at)
        follower.keep(sdl)

    return SupergraphSource(read, took=took, changes=follower.changes, release=lambda: live)


def finding_line(finding: CompositionError | CompositionHint) -> str:
    """Give an error or hint in one line, its places first: ``orders.graphql:3:1: CODE: message``."""
    places = ", ".join(str(node) for node in finding.nodes) or ", ".join(finding.subgraphs)
    return f"{places}: {finding.code}: {finding.message}" if places else f"{finding.code}: {finding.message}"
