"""The label of an @override is a name or a percentage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import OVERRIDE_LABEL_INVALID
from router.federation.subgraph import applied
from router.language.values import string_argument

_NAME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9_\-:./]*")
_PERCENT: Final = re.compile(r"percent\((\d{1,2}(?:\.\d{1,8})?|100)\)")


def override_labels_are_valid(source: Source) -> Iterator[CompositionError]:
    """Routers decide by the label, so it must be one they understand.

    Code: OVERRIDE_LABEL_INVALID.
    """
    for type_ in source.subgraph.types.values():
        for field in type_.fields.values():
            use = applied(field, "override")
            label = string_argument(use.arguments.get("label")) if use else None
            if use is None or label is None or _NAME.fullmatch(label) or _PERCENT.fullmatch(label):
                continue
            message = (
                f'"{field.coordinate}" has @override with label "{label}"; use a name of letters, digits and '
                "_-:./ that begins with a letter, or percent(n) with n from 0 to 100"
            )
            yield source.error(OVERRIDE_LABEL_INVALID, message, field.coordinate, use)
