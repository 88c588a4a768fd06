"""Request files for benchmarks of multimodal LLM servers, with exact hit rates of image caches.

This is a thin module around the program mmjsonl, which the wheel holds::

    import mmjsonl

    made = mmjsonl.generate(num_requests=1000, hit_rate="0.6@200", image_mode="datauri", image_size=64, output="requests.jsonl")
    print(made.file.sha256, made.figures.reuse_rate)
    for file in mmjsonl.inspect("requests.jsonl", cache_images=[50, 200]).files:
        print(file.file, [(point.capacity, point.hit_rate) for point in file.capacities])

Inputs are those of the command line, with underscores; every result is a dataclass with ``to_dict()``, the document that ``--json`` prints.
What is wrong with inputs or files is an exception with the program's words; its warnings are Python warnings.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ._documents import Capacity, Compare, Inspect, InspectedFile, Manifest, Plan, Version
from ._program import Error, FileError, InputError, MmjsonlWarning, path, run

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._inputs import CapacityInputs, CompareInputs, GenerateInputs, InspectInputs, RegenerateInputs

__all__ = [
    "Capacity", "Compare", "Error", "FileError", "Inspect", "InspectedFile", "InputError", "Manifest", "MmjsonlWarning", "Plan", "Version",
    "capacity", "compare", "generate", "inspect", "path", "plan", "regenerate", "run", "version",
]


def generate(**inputs: Unpack[GenerateInputs]) -> Manifest:
    """Make a request file, and return its manifest."""
    return Manifest.from_dict(run("generate", **inputs))


def plan(**inputs: Unpack[GenerateInputs]) -> Plan:
    """Return what generate would make of the same inputs: exact figures, and about what it costs. Nothing is written."""
    return Plan.from_dict(run("generate", dry_run=True, **inputs))


def inspect(*files: str | os.PathLike[str], **inputs: Unpack[InspectInputs]) -> Inspect:
    """Return what request files do to caches of images.

    A file that cannot be read, or that has rows that its client rejects, raises a FileError; its ``result`` has what could be found.
    """
    try:
        return Inspect.from_dict(run("inspect", *files, **inputs))
    except FileError as error:
        if error.document is not None:
            error.result = Inspect.from_dict(error.document)
        raise


def compare(*runs: str | os.PathLike[str], **inputs: Unpack[CompareInputs]) -> Compare:
    """Return what servers counted in runs of aiperf, beside what was predicted. That the counts differ is a verdict, and not an error."""
    return Compare.from_dict(run("compare", *runs, **inputs))


def regenerate(manifest: str | os.PathLike[str], **inputs: Unpack[RegenerateInputs]) -> Manifest:
    """Make the file of a manifest again, byte for byte, and return its new manifest."""
    return Manifest.from_dict(run("regenerate", manifest, **inputs))


def capacity(**inputs: Unpack[CapacityInputs]) -> Capacity:
    """Return how many images the cache of a server holds."""
    return Capacity.from_dict(run("capacity", **inputs))


def version() -> Version:
    """Return which build of the program this is."""
    return Version.from_dict(run("version"))
