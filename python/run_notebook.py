#!/usr/bin/env python3
"""Run a notebook in a folder of its own, and fail with its first error: python3 python/run_notebook.py NOTEBOOK FOLDER"""

import sys

import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=300, resources={"metadata": {"path": sys.argv[2]}}).execute()
