"""Types: their kinds, fields, members and values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from router.composition.diff.change import (
    ENUM_VALUE_ADDED,
    ENUM_VALUE_REMOVED,
    FIELD_ADDED,
    FIELD_REMOVED,
    FIELD_TYPE_CHANGED,
    INTERFACE_ADDED,
    INTERFACE_REMOVED,
    ONE_OF_ADDED,
    ONE_OF_REMOVED,
    TYPE_ADDED,
    TYPE_KIND_CHANGED,
    TYPE_REMOVED,
    UNION_MEMBER_ADDED,
    UNION_MEMBER_REMOVED,
    Change,
    breaking,
    dangerous,
    safe,
)
from router.composition.diff.inputs import argument_changes, input_field_changes
from router.composition.diff.notes import note_changes
from router.composition.diff.shape import Shape, TypeShape, gone_and_new, pairs, promises_no_less
from router.language.print_sdl import type_text
from router.language.sdl_nodes import SdlField


def type_changes(before: Shape, after: Shape) -> Iterator[Change]:
    """Compare every type, by name."""
    for name, old, new in pairs(before.types, after.types):
        if old is None and new is not None:
            yield safe(TYPE_ADDED, name, f"The {new.kind} {name} was added")
            yield from _new_implementation(before, new)
        elif new is None and old is not None:
            message = f"The {old.kind} {name} was removed; keep it until no operation names it or is answered with it"
            yield replace(breaking(TYPE_REMOVED, name, message), uses=_removed(old, before, after))
        elif old is not None and new is not None:
            yield from _type(old, new, before, after)


def _type(old: TypeShape, new: TypeShape, before: Shape, after: Shape) -> Iterator[Change]:
    if old.keyword != new.keyword:
        message = f"{old.name} is a {new.kind} and was a {old.kind}; give the {new.kind} another name"
        yield breaking(TYPE_KIND_CHANGED, old.name, message)
        return
    yield from note_changes(old.name, old, new)
    yield from _interfaces(old, new, before, after)
    if old.keyword == "union":
        yield from _members(old, new, before, after)
    elif old.keyword == "enum":
        yield from _values(old, new, before, after)
    elif old.keyword == "input":
        yield from _one_of(old, new)
        yield from input_field_changes(old.name, old.inputs, new.inputs)
    for name, old_field, new_field in pairs(old.fields, new.fields):
        yield from _field(f"{old.name}.{name}", old_field, new_field)


def _field(at: str, old: SdlField | None, new: SdlField | None) -> Iterator[Change]:
    if old is None and new is not None:
        yield safe(FIELD_ADDED, at, f"The field {at} of type {type_text(new.type)} was added")
    elif new is None:
        message = (
            f"The field {at} was removed; keep it, mark it @deprecated, and remove it when nobody asks for it"
        )
        yield breaking(FIELD_REMOVED, at, message)
    elif old is not None:
        if old.type != new.type:
            yield _field_type(
                at, type_text(old.type), type_text(new.type), promises_no_less(old.type, new.type)
            )
        yield from argument_changes(at, old.arguments, new.arguments)
        yield from note_changes(at, old, new)


def _field_type(at: str, before: str, after: str, is_safe: bool) -> Change:
    if is_safe:
        return safe(FIELD_TYPE_CHANGED, at, f"The field {at} has the type {after}, before {before}")
    if before.replace("!", "") == after.replace("!", ""):
        message = (
            f"The field {at} of type {before} may now be null ({after}); keep {before}, or add a new field"
        )
    else:
        message = f"The field {at} has the type {after} and no longer {before}; add a new field instead"
    return breaking(FIELD_TYPE_CHANGED, at, message)


def _new_implementation(before: Shape, new: TypeShape) -> Iterator[Change]:
    """A new object that is what clients ask for today is a type they have never been answered with."""
    if new.keyword == "type":
        for interface in sorted(set(new.interfaces)):
            known = before.types.get(interface)
            if known is not None and known.keyword == "interface":
                yield _implements(new, interface)


def _implements(new: TypeShape, interface: str) -> Change:
    if new.keyword != "type":
        return safe(INTERFACE_ADDED, new.name, f"{new.name} implements {interface}")
    message = (
        f"{new.name} implements {interface}: who asks for {interface} may be answered with it; "
        "see that clients pass over types they do not know"
    )
    return dangerous(INTERFACE_ADDED, new.name, message, interface)


def _interfaces(old: TypeShape, new: TypeShape, before: Shape, after: Shape) -> Iterator[Change]:
    gone, added = gone_and_new(old.interfaces, new.interfaces)
    for interface in gone:
        message = (
            f"{old.name} no longer implements {interface}; keep it while operations ask one for the other"
        )
        left = breaking(INTERFACE_REMOVED, old.name, message)
        yield replace(left, uses=_left(interface, old.name, before, after))
    for interface in added:
        if interface in before.types:
            yield _implements(new, interface)
        else:
            yield safe(INTERFACE_ADDED, new.name, f"{new.name} implements {interface}, which is new")


def _left(abstract: str, name: str, before: Shape, after: Shape) -> tuple[tuple[str, ...], ...]:
    """Give whom it concerns that an object no longer belongs to an interface or union.

    Those who ask one for the other; and those who ask it for another type that has nothing in common with it now.
    """
    others = (one for one in before.abstracts_of(name) if one != abstract)
    return (
        (abstract, name),
        *((abstract, one) for one in others if _are_parted(abstract, one, before, after)),
    )


def _removed(old: TypeShape, before: Shape, after: Shape) -> tuple[tuple[str, ...], ...]:
    """Give whom it concerns that a type is gone: who uses it, and who asks for what only it had in common."""
    pairs_of = combinations(before.abstracts_of(old.name), 2)
    return ((old.name,), *(pair for pair in pairs_of if _are_parted(*pair, before, after)))


def _are_parted(one: str, other: str, before: Shape, after: Shape) -> bool:
    is_now = after.objects_of(one) & after.objects_of(other)
    return bool(before.objects_of(one) & before.objects_of(other)) and not is_now


def _members(old: TypeShape, new: TypeShape, before: Shape, after: Shape) -> Iterator[Change]:
    gone, added = gone_and_new(old.members, new.members)
    for member in gone:
        message = f"{member} is no longer a member of the union {old.name}; keep it while operations ask for it there"
        left = breaking(UNION_MEMBER_REMOVED, old.name, message)
        yield replace(left, uses=_left(old.name, member, before, after))
    for member in added:
        message = (
            f"{member} is a new member of the union {old.name}: who asks for {old.name} may be answered with it; "
            "see that clients pass over types they do not know"
        )
        yield dangerous(UNION_MEMBER_ADDED, old.name, message)


def _values(old: TypeShape, new: TypeShape, before: Shape, after: Shape) -> Iterator[Change]:
    is_answered = old.name in before.in_answers or old.name in after.in_answers
    for name, old_value, new_value in pairs(old.values, new.values):
        at = f"{old.name}.{name}"
        if old_value is None:
            if is_answered:
                message = f"The enum value {at} was added and may be in answers; see that clients can take it"
                yield dangerous(ENUM_VALUE_ADDED, at, message, old.name)
            else:
                yield safe(ENUM_VALUE_ADDED, at, f"The enum value {at} was added")
        elif new_value is None:
            message = f"The enum value {at} was removed; keep it @deprecated until nobody sends it"
            yield breaking(ENUM_VALUE_REMOVED, at, message)
        else:
            yield from note_changes(at, old_value, new_value)


def _one_of(old: TypeShape, new: TypeShape) -> Iterator[Change]:
    was, is_ = (any(d.name == "oneOf" for d in one.directives) for one in (old, new))
    if is_ and not was:
        message = f"{old.name} is @oneOf now and takes exactly one field; add a new input type instead"
        yield breaking(ONE_OF_ADDED, old.name, message)
    elif was and not is_:
        yield safe(ONE_OF_REMOVED, old.name, f"{old.name} is no longer @oneOf")
