"""Makes a file in parts, as tasks of a Ray cluster, and puts the parts together.

The arguments are those of mmjsonl, with an --output=FILE that all nodes see:

    python ray_shards.py --num-requests=100000 --output=/shared/requests.jsonl
"""

import glob
import subprocess
import sys

import ray

SHARDS = 8


@ray.remote(num_cpus=1, max_retries=3)
def shard(index, arguments):
    subprocess.run(["mmjsonl", "--quiet", *arguments, f"--shard={index}/{SHARDS}"], check=True)


@ray.remote(num_cpus=1)
def join(output):
    name = output.removesuffix(".jsonl")
    subprocess.run(["mmjsonl", "join", "--quiet", *glob.glob(glob.escape(name) + ".shard-*")], check=True)


def main(arguments):
    output = next(a.removeprefix("--output=") for a in arguments if a.startswith("--output="))
    ray.init()
    ray.get([shard.remote(index, arguments) for index in range(SHARDS)])
    ray.get(join.remote(output))


if __name__ == "__main__":
    main(sys.argv[1:])
