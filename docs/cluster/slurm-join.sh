#!/bin/bash
#SBATCH --job-name=mmjsonl-join
# Puts the parts together. The argument is the output without .jsonl.
exec mmjsonl join --quiet "$1".shard-*
