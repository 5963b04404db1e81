"""A release as routers get it: the supergraph with what it is, signed as a whole.

Shapes: JSON ``{"format": "olympus-artifact/1", "graph", "variant", "release": 17, "createdAt", "supergraph": SDL,
"signatures": [{"algorithm", "keyId", "value": base64}]}``.  What is signed begins with graph, variant and release, so
a release of another variant, or an older one, cannot be put in its place.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from router.registry.signing import Signature, Signer, Verifier

FORMAT: Final = "olympus-artifact/1"


class InvalidArtifactError(Exception):
    """What came is no artefact, was changed on its way, or is signed by nobody that is trusted."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One release, for routers."""

    graph: str
    variant: str
    release: int
    created_at: str
    """ISO 8601."""
    supergraph: str

    def signed_bytes(self) -> bytes:
        """Give what is signed; names and time have no line breaks, so two artefacts never give the same bytes."""
        head = (FORMAT, self.graph, self.variant, str(self.release), self.created_at)
        return "\n".join((*head, self.supergraph)).encode()


def write_artifact(artifact: Artifact, signers: Sequence[Signer]) -> bytes:
    """Give an artefact with everybody's signature, as JSON."""
    data = artifact.signed_bytes()
    signatures = [
        {"algorithm": s.algorithm, "keyId": s.key_id, "value": base64.b64encode(s.value).decode()}
        for s in (signer.sign(data) for signer in signers)
    ]
    value = {
        "format": FORMAT,
        "graph": artifact.graph,
        "variant": artifact.variant,
        "release": artifact.release,
        "createdAt": artifact.created_at,
        "supergraph": artifact.supergraph,
        "signatures": signatures,
    }
    return json.dumps(value, ensure_ascii=False).encode()


def read_artifact(data: bytes, verifier: Verifier) -> Artifact:
    """Give an artefact that was verified.  Raises: InvalidArtifactError."""
    try:
        value: Any = json.loads(data)
        if value["format"] != FORMAT:
            raise InvalidArtifactError(f"its format is {value['format']!r}, this router reads {FORMAT!r}")
        texts = tuple(value[key] for key in ("graph", "variant", "createdAt", "supergraph"))
        release = value["release"]
        if not all(isinstance(text, str) for text in texts) or type(release) is not int:
            raise TypeError  # noqa: TRY301  # one way out for all that is no artefact
        graph, variant, created_at, supergraph = texts
        artifact = Artifact(graph, variant, release, created_at, supergraph)
        signatures = [
            Signature(s["algorithm"], s["keyId"], base64.b64decode(s["value"], validate=True))
            for s in value["signatures"]
        ]
        signed = artifact.signed_bytes()
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError):
        raise InvalidArtifactError("it is no artefact of a registry, or not all of it") from None
    if "\n" in f"{graph}{variant}{created_at}" or not verifier.has_signed(signed, signatures):
        raise InvalidArtifactError("its signature is not by the key that this router trusts")
    return artifact
