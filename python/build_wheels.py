#!/usr/bin/env python3
"""Make wheels of mmjsonl, one for each platform, from programs that are built already.

    python3 python/build_wheels.py VERSION OUTPUT GOOS/GOARCH=PROGRAM...
    python3 python/build_wheels.py VERSION OUTPUT DIST

DIST is the folder in which GoReleaser has left its programs.

A wheel holds the program as a script, which pip puts on the path, and the typed module around it. The same programs make the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import stat
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAME = "mmjsonl"

# What pip calls the platforms. The programs are static, so that any Linux will do; Go's own demands of macOS are those of its release notes.
PLATFORMS = {
    "linux/amd64": ["manylinux_2_17_x86_64", "manylinux2014_x86_64", "musllinux_1_1_x86_64"],
    "linux/arm64": ["manylinux_2_17_aarch64", "manylinux2014_aarch64", "musllinux_1_1_aarch64"],
    "darwin/amd64": ["macosx_12_0_x86_64"],
    "darwin/arm64": ["macosx_12_0_arm64"],
    "windows/amd64": ["win_amd64"],
    "windows/arm64": ["win_arm64"],
}


def python_version(version: str) -> str:
    """Return a version as Python writes it: v1.2.3-rc.1 is 1.2.3rc1, and what is not a release is a development version."""
    match = re.fullmatch(r"v?(\d+\.\d+\.\d+)(?:-(rc|alpha|beta)\.?(\d+))?", version)
    if match:
        release, stage, number = match.groups()
        return release + ({"rc": "rc", "alpha": "a", "beta": "b"}[stage] + number if stage else "")
    match = re.match(r"v?(\d+\.\d+\.\d+)", version)
    if not match:
        raise SystemExit(f"{version!r} is not a version like 1.2.3")
    return match[1] + ".dev0"


def metadata(version: str) -> str:
    return f"""Metadata-Version: 2.1
Name: {NAME}
Version: {version}
Summary: Request files for benchmarks of multimodal LLM servers, with exact hit rates of image caches
License: Apache-2.0
Requires-Python: >=3.10
Keywords: benchmark,llm,multimodal,cache,aiperf,vllm
Classifier: Environment :: Console
Classifier: License :: OSI Approved :: Apache Software License
Classifier: Topic :: Software Development :: Testing
Classifier: Typing :: Typed
Description-Content-Type: text/markdown

""" + (HERE / "README.md").read_text(encoding="utf-8")


def build(version: str, output: Path, platform: str, program: Path) -> Path:
    """Write the wheel of a platform, and return its path."""
    tags = PLATFORMS[platform]
    info = f"{NAME}-{version}.dist-info"
    script = NAME + (".exe" if platform.startswith("windows/") else "")
    files: list[tuple[str, bytes, int]] = [
        (f"{NAME}/{path.name}", path.read_bytes(), 0o644) for path in sorted((HERE / NAME).iterdir()) if path.suffix == ".py" or path.name == "py.typed"
    ]
    files.append((f"{NAME}-{version}.data/scripts/{script}", program.read_bytes(), 0o755))
    for name in ("LICENSE", "THIRD_PARTY_LICENSES"):
        files.append((f"{info}/licenses/{name}", (HERE.parent / name).read_bytes(), 0o644))
    files.append((f"{info}/METADATA", metadata(version).encode(), 0o644))
    wheel = "Wheel-Version: 1.0\nGenerator: mmjsonl\nRoot-Is-Purelib: false\n" + "".join(f"Tag: py3-none-{tag}\n" for tag in tags)
    files.append((f"{info}/WHEEL", wheel.encode(), 0o644))

    record = io.StringIO()
    for name, content, _ in files:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record.write(f"{name},sha256={digest},{len(content)}\n")
    record.write(f"{info}/RECORD,,\n")
    files.append((f"{info}/RECORD", record.getvalue().encode(), 0o644))

    output.mkdir(parents=True, exist_ok=True)
    path = output / f"{NAME}-{version}-py3-none-{'.'.join(tags)}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in files:
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = (stat.S_IFREG | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix: modes count
            archive.writestr(entry, content)
    return path


def main(arguments: list[str]) -> None:
    if len(arguments) < 3:
        raise SystemExit(__doc__)
    version, output = python_version(arguments[0]), Path(arguments[1])
    for argument in arguments[2:]:
        if Path(argument, "artifacts.json").is_file():
            for artifact in json.loads(Path(argument, "artifacts.json").read_text(encoding="utf-8")):
                if artifact["type"] == "Binary":
                    print(build(version, output, f"{artifact['goos']}/{artifact['goarch']}", Path(artifact["path"])))
            continue
        platform, _, program = argument.partition("=")
        if platform not in PLATFORMS or not Path(program).is_file():
            raise SystemExit(f"{argument!r} is not GOOS/GOARCH=PROGRAM with one of {', '.join(PLATFORMS)} and a program that exists")
        print(build(version, output, platform, Path(program)))


if __name__ == "__main__":
    main(sys.argv[1:])
