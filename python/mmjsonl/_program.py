"""The program in the wheel, and how it is run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import warnings
from typing import Any


class MmjsonlWarning(UserWarning):
    """A warning of the program."""


class Error(Exception):
    """The program failed. Its words are the exception's, one problem a line; ``code`` is its exit code."""

    def __init__(self, words: str, code: int) -> None:
        super().__init__(words)
        self.code = code


class InputError(Error):
    """Inputs are wrong: nothing was made."""


class FileError(Error):
    """A file cannot be read or written, or has rows that are rejected.

    ``document`` is what the program printed all the same, as a dictionary, or None; of inspect, ``result`` is the same as a dataclass.
    """

    document: dict[str, Any] | None = None
    result: Any = None


def path() -> str:
    """Return the path of the program: where the wheel's scripts are installed."""
    name = "mmjsonl" + (".exe" if os.name == "nt" else "")
    folders = [sysconfig.get_path("scripts"), os.path.dirname(sys.executable)]
    user = sysconfig.get_preferred_scheme("user")
    folders.append(sysconfig.get_path("scripts", scheme=user))
    # pip install --target DIR puts scripts into DIR/bin.
    folders.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bin"))
    for folder in folders:
        program = os.path.join(folder, name)
        if os.path.isfile(program):
            return program
    raise FileNotFoundError(f"{name} is in none of {', '.join(folders)}: install the wheel again")


def run(command: str, *words: str | os.PathLike[str], **inputs: Any) -> dict[str, Any]:
    """Run a command of the program with --json, and return the document that it prints."""
    line = [path(), command, "--json"]
    if command in ("generate", "sliding-window", "multi-turn", "regenerate"):
        line.append("--quiet")
    for name, value in inputs.items():
        if value is not None:
            line.append(f"--{name.replace('_', '-')}={_text(value)}")
    line.append("--")
    line.extend(os.fspath(word) for word in words)
    # Inputs of an action, or of another run, are not meant for this one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("INPUT_") and name != "GITHUB_ACTIONS"}
    done = subprocess.run(line, env=environment, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace", check=False)
    messages = _messages(done.stderr)
    for kind, text in messages:
        if kind == "warning":
            warnings.warn(text, MmjsonlWarning, stacklevel=3)
    document: dict[str, Any] | None = json.loads(done.stdout) if done.stdout.startswith("{") else None
    # A verdict has an exit code of its own, and no message.
    verdict = command == "compare" and not any(kind == "mmjsonl" for kind, _ in messages)
    if document is not None and (done.returncode == 0 or verdict):
        return document
    text = "\n".join(text for kind, text in messages if kind == "mmjsonl") or f"mmjsonl ended with code {done.returncode}"
    if done.returncode == 2:
        raise InputError(text, 2)
    error = FileError(text, done.returncode)
    error.document = document
    raise error


def _text(value: Any) -> str:
    """Return a value as a flag has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(_text(part) for part in value)
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    return str(value)


def _messages(stderr: str) -> list[tuple[str, str]]:
    """Return the messages of a run by kind, "mmjsonl" or "warning". What to do is on an indented line of its own."""
    messages: list[tuple[str, str]] = []
    for line in stderr.splitlines():
        start = re.match(r"(mmjsonl|warning): (.*)", line)
        if start:
            messages.append((start[1], start[2]))
        elif line.startswith("  ") and messages:
            kind, text = messages[-1]
            messages[-1] = (kind, f"{text}: {line.strip()}")
    return messages
