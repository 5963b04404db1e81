"""Arguments and input fields: what is given must go on to be taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql.language import ValueNode

from router.composition.diff.change import (
    ARGUMENT_ADDED,
    ARGUMENT_BECAME_REQUIRED,
    ARGUMENT_DEFAULT_CHANGED,
    ARGUMENT_REMOVED,
    ARGUMENT_TYPE_CHANGED,
    INPUT_FIELD_ADDED,
    INPUT_FIELD_BECAME_REQUIRED,
    INPUT_FIELD_DEFAULT_CHANGED,
    INPUT_FIELD_REMOVED,
    INPUT_FIELD_TYPE_CHANGED,
    REQUIRED_ARGUMENT_ADDED,
    REQUIRED_INPUT_FIELD_ADDED,
    Change,
    breaking,
    dangerous,
    safe,
)
from router.composition.diff.notes import note_changes
from router.composition.diff.shape import accepts_no_less, is_required, pairs
from router.language.print_sdl import type_text
from router.language.sdl_nodes import SdlInput
from router.language.values import comparable, value_text


@dataclass(frozen=True, slots=True)
class Words:
    """The codes and the noun of one sort of input."""

    noun: str
    added: str
    required_added: str
    removed: str
    type_changed: str
    became_required: str
    default_changed: str


ARGUMENTS = Words(
    "argument",
    ARGUMENT_ADDED,
    REQUIRED_ARGUMENT_ADDED,
    ARGUMENT_REMOVED,
    ARGUMENT_TYPE_CHANGED,
    ARGUMENT_BECAME_REQUIRED,
    ARGUMENT_DEFAULT_CHANGED,
)
INPUT_FIELDS = Words(
    "input field",
    INPUT_FIELD_ADDED,
    REQUIRED_INPUT_FIELD_ADDED,
    INPUT_FIELD_REMOVED,
    INPUT_FIELD_TYPE_CHANGED,
    INPUT_FIELD_BECAME_REQUIRED,
    INPUT_FIELD_DEFAULT_CHANGED,
)


def argument_changes(
    owner: str, before: tuple[SdlInput, ...], after: tuple[SdlInput, ...]
) -> Iterator[Change]:
    """Compare the arguments of the field or directive ``owner``."""
    if before or after:
        old, new = ({one.name: one for one in arguments} for arguments in (before, after))
        yield from _changes(ARGUMENTS, owner, owner + "({}:)", old, new)


def input_field_changes(
    owner: str, before: Mapping[str, SdlInput], after: Mapping[str, SdlInput]
) -> Iterator[Change]:
    """Compare the fields of the input type ``owner``."""
    yield from _changes(INPUT_FIELDS, owner, owner + ".{}", before, after)


def _changes(
    words: Words, owner: str, coordinates: str, before: Mapping[str, SdlInput], after: Mapping[str, SdlInput]
) -> Iterator[Change]:
    for name, old, new in pairs(before, after):
        at = coordinates.format(name)
        if old is None and new is not None:
            yield _added(words, owner, at, new)
        elif new is None:
            yield breaking(
                words.removed,
                at,
                f"The {words.noun} {at} was removed; keep it, mark it @deprecated, and remove it when nobody gives it",
            )
        elif old is not None:
            yield from _changed(words, owner, at, old, new)
            yield from note_changes(at, old, new)


def _added(words: Words, owner: str, at: str, new: SdlInput) -> Change:
    type_ = type_text(new.type)
    if is_required(new):
        message = (
            f"The {words.noun} {at} of type {type_} must be given and is in no operation of today; "
            "make it nullable or give it a default"
        )
        return breaking(words.required_added, at, message, owner)
    return dangerous(
        words.added,
        at,
        f"The {words.noun} {at} of type {type_} was added; see that leaving it out changes nothing",
        owner,
    )


def _changed(words: Words, owner: str, at: str, old: SdlInput, new: SdlInput) -> Iterator[Change]:
    before, after = type_text(old.type), type_text(new.type)
    if is_required(new) and not is_required(old):
        what = f"The {words.noun} {at} could be left out and must be given now"
        how = f"{before} became {after}" if before != after else f"its default {_text(old.default)} is gone"
        yield breaking(
            words.became_required, at, f"{what} ({how}); keep it optional, or give it a default", owner
        )
        # What is left of the change once the null of the whole is told.
        if accepts_no_less((old.type[0], (True, *old.type[1][1:])), new.type):
            return
    if old.type != new.type:
        if accepts_no_less(old.type, new.type):
            yield safe(words.type_changed, at, f"The {words.noun} {at} takes {after}, before {before}")
        else:
            message = (
                f"The {words.noun} {at} takes {after} and not what {before} allows; "
                f"keep {before}, or add a new {words.noun}"
            )
            yield breaking(words.type_changed, at, message)
    yield from _default(words, owner, at, old, new)


def _default(words: Words, owner: str, at: str, old: SdlInput, new: SdlInput) -> Iterator[Change]:
    if _value(old.default) == _value(new.default) or (is_required(new) and not is_required(old)):
        return
    message = (
        f"The default of the {words.noun} {at} is {_text(new.default)}, before {_text(old.default)}; "
        "who leaves it out may be answered differently"
    )
    # A value that must be given has no default that anybody could have relied on.
    if is_required(old):
        yield safe(words.default_changed, at, f"The {words.noun} {at} may be left out: {_text(new.default)}")
    else:
        yield dangerous(words.default_changed, at, message, owner)


def _value(default: ValueNode | None) -> object:
    return None if default is None else comparable(default)


def _text(default: ValueNode | None) -> str:
    return "none" if default is None else value_text(default)
