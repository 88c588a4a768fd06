"""Request files as vLLM's and SGLang's own data set classes read them.

    formats.py custom_image DIR FILE   vllm bench serve --dataset-name custom_image
    formats.py openai DIR FILE         sglang.bench_serving --dataset-name openai

DIR has the Python files of the packages. Only the class, or the function, is taken out of its module, so that nothing large has to be
installed: what reads rows is the clients' own code. Each request is printed as a line of JSON: its messages and how long its answer may be.
"""

import ast
import json
import logging
import os
import random
import sys
import types
import typing


def take(path, names, given):
    """Runs the definitions of these names in a module."""
    with open(path, encoding="utf-8") as f:
        tree = ast.parse(f.read())
    found = [node for node in tree.body if getattr(node, "name", None) in names]
    assert {node.name for node in found} == set(names), (path, names)
    space = {**vars(typing), "json": json, "random": random, "logger": logging.getLogger(), **given}
    module = ast.parse("from __future__ import annotations")
    module.body += found
    exec(compile(module, path, "exec"), space)
    return space


def custom_image(packages, file):
    class Base:
        def __init__(self, dataset_path, disable_shuffle, random_seed):
            self.dataset_path, self.disable_shuffle, self.random_seed = dataset_path, disable_shuffle, random_seed
            self.load_data()

        def maybe_oversample_requests(self, requests, number, prefix, no_oversample):
            assert no_oversample

        def apply_multimodal_chat_transformation(self, prompt, parts):
            return [{"role": "user", "content": [{"text": prompt, "type": "text"}, *(parts if isinstance(parts, list) else [parts])]}]

    space = take(
        os.path.join(packages, "vllm", "benchmarks", "datasets", "datasets.py"),
        ["process_image", "CustomImageDataset"],
        {"Any": typing.Any, "Mapping": typing.Mapping, "CustomDataset": Base, "Image": types.SimpleNamespace(Image=type("Image", (), {})),
         "SampleRequest": types.SimpleNamespace, "TokenizerLike": object, "__name__": "formats"},
    )
    data = space["CustomImageDataset"](file, True, 0)
    for request in data.sample(tokenizer=None, num_requests=0, no_oversample=True, enable_multimodal_chat=True):
        yield request.prompt, 0


def openai(packages, file):
    class Tokenizer:
        def apply_chat_template(self, messages, **_):
            return messages

    space = take(
        os.path.join(packages, "sglang", "benchmark", "datasets", "openai_dataset.py"),
        ["sample_openai_requests"],
        {"DatasetRow": types.SimpleNamespace, "PreTrainedTokenizerBase": object, "np": types.SimpleNamespace(sum=sum), "print": lambda *_: None,
         "__name__": "formats"},
    )
    for row in space["sample_openai_requests"](file, 0, Tokenizer()):
        yield row.prompt, row.output_len


for messages, tokens in globals()[sys.argv[1]](*sys.argv[2:]):
    sys.stdout.write(json.dumps({"messages": messages, "max_tokens": tokens}) + "\n")
