"""python -m mmjsonl is the program."""

import os
import subprocess
import sys

from ._program import path


def main() -> int:
    program = [path(), *sys.argv[1:]]
    if os.name == "posix":
        os.execv(program[0], program)
    return subprocess.run(program, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
