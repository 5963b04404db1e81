"""Lists of trusted documents as text: the manifests that client tools write, and this router's own.

{"format": "apollo-persisted-query-manifest", "version": 1,
 "operations": [{"id": …, "name": …, "type": …, "body": …, "clientName"?: …}]}     Apollo's shape
{"<id>": "<text>", …}                                                               Relay's shape
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FORMAT: Final = "apollo-persisted-query-manifest"
MAX_MANIFEST_BYTES: Final = 64 * 1024 * 1024
DOCUMENT_SUFFIXES: Final = (".graphql", ".gql")


class InvalidManifestError(Exception):
    """A manifest cannot be read; the words say which, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class TrustedDocument:
    """One document that clients may ask for by ``id``."""

    id: str
    text: str
    name: str | None = None
    kind: str | None = None
    """``query``, ``mutation`` or ``subscription``."""
    client_name: str | None = None
    """The only client whose id this is; None: everyone's."""


def sha256_of(text: str) -> str:
    """Give the id that clients compute of a document: SHA-256 of its UTF-8 text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_manifest(manifest: Any, place: str) -> list[TrustedDocument]:
    """Give the documents of a decoded manifest of either shape.  Raises: InvalidManifestError."""
    if not isinstance(manifest, Mapping):
        raise InvalidManifestError(f"{place}: a manifest is a JSON object")
    if "format" not in manifest:
        return [_entry(place, f'"{key}"', id=key, body=text) for key, text in manifest.items()]
    if manifest["format"] != FORMAT or manifest.get("version") != 1:
        raise InvalidManifestError(f"{place}: format must be {FORMAT}, version 1")
    operations = manifest.get("operations")
    if not isinstance(operations, list):
        raise InvalidManifestError(f"{place}: operations must be a list")
    documents: list[TrustedDocument] = []
    for index, operation in enumerate(operations):
        if not isinstance(operation, Mapping):
            raise InvalidManifestError(f"{place}: operations[{index}] must be an object")
        documents.append(_entry(place, f"operations[{index}]", **operation))
    return documents


def _entry(place: str, which: str, **entry: Any) -> TrustedDocument:
    texts = {key: entry.get(key) for key in ("id", "body", "name", "type", "clientName")}
    for key, value in texts.items():
        if (value is None and key in ("id", "body")) or not (value is None or isinstance(value, str)):
            raise InvalidManifestError(f"{place}: {which}: {key} must be text")
    if not texts["id"] or not texts["body"]:
        raise InvalidManifestError(f"{place}: {which}: id and body must not be empty")
    return TrustedDocument(texts["id"], texts["body"], texts["name"], texts["type"], texts["clientName"])


def parse_manifest(text: str | bytes, place: str) -> list[TrustedDocument]:
    """Give the documents of a manifest's JSON text.  Raises: InvalidManifestError."""
    try:
        return read_manifest(json.loads(text), place)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise InvalidManifestError(f"{place}: not JSON{where}") from None


def read_local_manifest(path: Path) -> list[TrustedDocument]:
    """Give the documents of a file, or of all files of a folder.

    In a folder, ``*.json`` are manifests; of ``*.graphql`` and ``*.gql`` each is a document, asked for by its
    SHA-256 or by the file's name without suffix.  Blocks.  Raises: InvalidManifestError.
    """
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in (".json", *DOCUMENT_SUFFIXES))
        return [document for file in files for document in _read_file(file)]
    return _read_file(path)


def _read_file(path: Path) -> list[TrustedDocument]:
    try:
        if path.stat().st_size > MAX_MANIFEST_BYTES:
            raise InvalidManifestError(f"{path}: larger than {MAX_MANIFEST_BYTES} bytes")
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise InvalidManifestError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError):
        raise InvalidManifestError(f"{path}: cannot be read as UTF-8 text") from None
    if path.suffix not in DOCUMENT_SUFFIXES:
        return parse_manifest(text, str(path))
    if not text.strip():
        raise InvalidManifestError(f"{path}: empty")
    return [TrustedDocument(sha256_of(text), text, path.stem), TrustedDocument(path.stem, text, path.stem)]


def apollo_manifest(documents: Iterable[TrustedDocument]) -> str:
    """Write documents in Apollo's shape, by name and id; the same documents give the same bytes."""
    ordered = sorted(documents, key=lambda one: (one.name or "", one.id))
    operations = [{"id": one.id, "name": one.name, "type": one.kind, "body": one.text} for one in ordered]
    return _json({"format": FORMAT, "version": 1, "operations": operations})


def relay_manifest(documents: Iterable[TrustedDocument]) -> str:
    """Write documents in Relay's shape, by id; the same documents give the same bytes."""
    return _json({one.id: one.text for one in sorted(documents, key=lambda one: one.id)})


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
