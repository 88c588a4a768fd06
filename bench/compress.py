"""Says how much smaller programs make the images of a folder, as rows of a table: 1 minus the bytes after by the bytes before.

    compress.py NAME FOLDER

It needs zstd and jpegtran, and the Python package pyoxipng.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

import oxipng

name, folder = sys.argv[1:]
files = sorted(p for p in pathlib.Path(folder).iterdir() if p.suffix in (".png", ".jpg", ".mp4"))
before = sum(p.stat().st_size for p in files)


def row(how, after):
    print(f"| {name} | {how} | {100 * (1 - after / before):.1f} % |", flush=True)


def length(*command):
    return len(subprocess.run(command, capture_output=True, check=True).stdout)


row("`zstd -19`, each file", sum(length("zstd", "-19", "-q", "-c", p) for p in files))
with tempfile.TemporaryDirectory() as temp:
    together = os.path.join(temp, "all")
    with open(together, "wb") as f:
        f.writelines(p.read_bytes() for p in files)
    row("`zstd -19 --long=27`, all files together", length("zstd", "-19", "--long=27", "-q", "-c", together))
if files[0].suffix == ".png":
    row("`oxipng -o 4`", sum(len(oxipng.optimize_from_memory(p.read_bytes(), level=4)) for p in files))
if files[0].suffix == ".jpg":
    row("`jpegtran -optimize`", sum(length("jpegtran", "-copy", "all", "-optimize", p) for p in files))
