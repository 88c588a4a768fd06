"""Request files as the data set classes of clients read them.

    formats.py custom_image DIR FILE   vllm bench serve --dataset-name custom_image
    formats.py openai DIR FILE         sglang.bench_serving --dataset-name openai
    formats.py guidellm FILE           guidellm run --data kind=json_file
    formats.py evalscope FILE          evalscope perf --dataset line_by_line

DIR has the Python files of the packages. Only the class, or the function, is taken out of its module, so that nothing large has to be
installed: what reads rows is the clients' own code. guidellm and evalscope are installed, the first without torch. Each request is printed as a
line of JSON: its messages and how long its answer may be.
"""

import ast
import importlib.machinery
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


def guidellm(file):
    # Only the loader of batches is torch's.
    modules = [f"torch{name}" for name in ("", ".utils", ".utils.data", ".utils.data.dataloader", ".utils.data.dataset")]
    for name in modules:
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__spec__ = importlib.machinery.ModuleSpec(name, None)
        sys.modules[name].DataLoader = sys.modules[name].IterableDataset = type("Of", (), {"__class_getitem__": classmethod(lambda of, _: of)})
    os.environ["USE_TORCH"] = "0"
    from guidellm.backends.openai.request_handlers import ChatCompletionsRequestHandler
    from guidellm.data.deserializers import DatasetDeserializerFactory
    from guidellm.data.finalizers.generative import GenerativeRequestFinalizer
    from guidellm.data.preprocessors.mappers import GenerativeColumnMapper
    from guidellm.schemas.data.deserializers import FileDataArgs
    from guidellm.schemas.data.finalizers import GenerativeRequestFinalizerArgs
    from guidellm.schemas.data.preprocessors import GenerativeColumnMapperArgs

    for name in modules:
        del sys.modules[name]
    rows = DatasetDeserializerFactory.deserialize(config=FileDataArgs(kind="json_file", path=file), processor_factory=None, random_seed=0)
    mapper, finalizer = GenerativeColumnMapper(GenerativeColumnMapperArgs()), GenerativeRequestFinalizer(GenerativeRequestFinalizerArgs())
    mapper.setup_data([rows])
    for row in rows:
        (node,) = finalizer(mapper([{"dataset": row}])).nodes.values()
        body = ChatCompletionsRequestHandler().format(node.request).body
        yield body["messages"], body.get("max_completion_tokens", 0)


def evalscope(file):
    from evalscope.perf.arguments import Arguments
    from evalscope.perf.plugin.registry import ApiRegistry, DatasetRegistry

    given = Arguments(model="test", url="http://127.0.0.1:9/v1/chat/completions", api="openai", dataset="line_by_line", dataset_path=file)
    for body in DatasetRegistry.get_class("line_by_line")(given).build_messages():
        sent = ApiRegistry.get_class("openai")(given).build_request(body)
        assert sent["model"] == "test", sent["model"]
        yield sent["messages"], sent.get("max_tokens", 0)


for messages, tokens in globals()[sys.argv[1]](*sys.argv[2:]):
    sys.stdout.write(json.dumps({"messages": messages, "max_tokens": tokens}) + "\n")
