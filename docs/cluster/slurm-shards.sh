#!/bin/bash
#SBATCH --job-name=mmjsonl-shards
#SBATCH --array=0-7
#SBATCH --requeue
# Makes one of 8 parts of a file. The arguments are those of mmjsonl, with an --output that all nodes see.
exec mmjsonl --quiet "$@" --shard=auto/8
