"""What all documents have."""

from __future__ import annotations

import dataclasses
import keyword
import sys
import typing
from typing import Any, TypeVar

T = TypeVar("T", bound="Document")


@dataclasses.dataclass(frozen=True)
class Document:
    """A part of what the program prints with --json."""

    @classmethod
    def from_dict(cls: type[T], values: dict[str, Any]) -> T:
        """Return the document of a dictionary. Keys that a newer program has are left out."""
        hints = typing.get_type_hints(cls, vars(sys.modules[cls.__module__]))
        known = {}
        for field in dataclasses.fields(cls):
            key = _key(field.name)
            if key in values:
                known[field.name] = _read(hints[field.name], values[key])
        return cls(**known)

    def to_dict(self) -> dict[str, Any]:
        """Return the document as the program printed it. What is missing there is missing here."""
        return {_key(field.name): _write(getattr(self, field.name)) for field in dataclasses.fields(self) if getattr(self, field.name) is not None}


def _key(name: str) -> str:
    """Return the key of a field: Python keeps some words for itself."""
    return name[:-1] if name.endswith("_") and keyword.iskeyword(name[:-1]) else name


def _read(hint: Any, value: Any) -> Any:
    arguments = typing.get_args(hint)
    if value is None:
        return None
    if typing.get_origin(hint) is list:
        return [_read(arguments[0], part) for part in value]
    if typing.get_origin(hint) is typing.Union:
        return _read(arguments[0], value)
    if isinstance(hint, type) and issubclass(hint, Document):
        return hint.from_dict(value)
    if hint is float:
        return float(value)
    return value


def _write(value: Any) -> Any:
    if isinstance(value, Document):
        return value.to_dict()
    if isinstance(value, list):
        return [_write(part) for part in value]
    return value
