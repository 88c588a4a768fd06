"""The caches of vLLM, SGLang and Dynamo, their own classes, given requests as the servers give them.

    classes.py unpack WHEEL... DIR   the Python files of wheels, without what is compiled
    classes.py replay DIR            reads one cell a line from standard input and prints its counts

A cell is {"class": …, "capacity": …, "front": …, "largest": …, "rows": [[image, …], …], "weights": [weight of image 0, …]}, in bytes, or
in tokens where a class counts these.

What the classes import and do not need for counting, torch and most of their own packages, is replaced by stand-ins, so that
nothing large has to be installed. All that decides what is stored and dropped is the servers' own code; the loops of this file are the
calls that a server makes for one request after the other.
"""

import asyncio
import contextlib
import importlib
import importlib.machinery
import json
import os
import sys
import types
import zipfile
from types import SimpleNamespace

# The servers' own modules.
REAL = {
    "vllm.multimodal.cache.base",
    "vllm.multimodal.cache.lru",
    "vllm.multimodal.cache.shm",
    "vllm.multimodal.inputs",
    "vllm.multimodal.processing.processor",
    "vllm.multimodal.utils",
    "vllm.distributed.device_communicators.shm_object_storage",
    "vllm.utils.cache",
    "vllm.utils.collection_utils",
    "vllm.utils.jsontree",
    "vllm.utils.mem_constants",
    "vllm.v1.core.encoder_cache_manager",
    "vllm.v1.core.sched.scheduler",
    "vllm.v1.serial_utils",
    "vllm.v1.utils",
    "sglang.srt.managers.mm_schedule",
    "sglang.srt.mem_cache.multimodal_cache",
    "dynamo.common.memory.multimodal_embedding_cache_manager",
    "dynamo.vllm.multimodal_utils.multimodal_embedding_cache_connector",
    "dynamo.vllm.multimodal_utils.prefill_worker_utils",
}

# Everything else below these is a stand-in.
STANDINS = {
    "vllm", "sglang", "dynamo", "torch", "numpy", "PIL", "transformers", "zmq", "pydantic", "pydantic_core", "cloudpickle",
    "packaging", "prometheus_client", "psutil", "regex", "tqdm", "uvloop", "aiohttp", "requests",
}


class AnyType(type):
    """The type of stand-ins: it can be a base, a decorator, a part of an annotation, and has whatever is asked of it."""

    def __getattr__(cls, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        made = AnyType(name, (StandIn,), {})
        setattr(cls, name, made)
        return made

    def __getitem__(cls, item):
        return cls

    def __or__(cls, other):
        return cls

    __ror__ = __or__


class StandIn(metaclass=AnyType):
    def __new__(cls, *args, **kwargs):
        if len(args) == 1 and not kwargs and (isinstance(args[0], types.FunctionType) or isinstance(args[0], type)):
            return args[0]  # a decorator
        return object.__new__(cls)

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        if len(args) == 1 and not kwargs and isinstance(args[0], (types.FunctionType, type)):
            return args[0]
        return None

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: None

    def __bool__(self):
        return False

    def __lt__(self, other):
        return False


class StandInModule(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        made = AnyType(name, (StandIn,), {})
        setattr(self, name, made)
        return made


class Finder:
    """Finds stand-ins. The servers' own modules are found in the folder of their package, which is a stand-in with that place."""

    def __init__(self, folder):
        self.folder = folder

    def find_spec(self, name, path=None, target=None):
        if name in REAL or name.split(".")[0] not in STANDINS:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = StandInModule(spec.name)
        module.__path__ = [os.path.join(self.folder, *spec.name.split("."))]
        return module

    def exec_module(self, module):
        pass


class DType:
    def __init__(self, name, size):
        self.name, self.itemsize = name, size

    def __repr__(self):
        return "torch." + self.name


class Tensor:
    """As much of a tensor as caches and their serialization ask of it: a shape, a type, and bytes that are all zero."""

    is_cpu = True

    def __init__(self, shape, dtype):
        self.shape, self.dtype = tuple(shape), dtype

    def numel(self):
        n = 1
        for side in self.shape:
            n *= side
        return n

    def element_size(self):
        return self.dtype.itemsize

    @property
    def nbytes(self):
        return self.numel() * self.dtype.itemsize

    def untyped_storage(self):
        return SimpleNamespace(nbytes=lambda: self.nbytes)

    def is_contiguous(self):
        return True

    def reshape(self, first, last):
        assert (first, last) == (-1, self.shape[-1]), (first, last, self.shape)
        return Tensor((self.numel() // last, last), self.dtype)

    def clone(self):
        return self

    def flatten(self):
        return self

    cpu = contiguous = flatten

    def view(self, dtype):
        return self

    def numpy(self):
        return SimpleNamespace(data=memoryview(bytes(self.nbytes)))


def stand_in_torch():
    torch = StandInModule("torch")
    torch.__path__ = []
    torch.Tensor = Tensor
    torch.uint8, torch.bfloat16, torch.int64 = DType("uint8", 1), DType("bfloat16", 2), DType("int64", 8)
    torch.split = lambda tensor, counts, dim: [Tensor((n, tensor.shape[1]), tensor.dtype) for n in counts]
    sys.modules["torch"] = torch
    return torch


def names_of(row):
    return ["%064x" % image for image in row]


class Servers:
    """The classes, as loaded from a folder of unpacked packages."""

    def __init__(self, folder):
        sys.path.insert(0, folder)
        sys.meta_path.insert(0, Finder(folder))
        self.torch = stand_in_torch()
        load = importlib.import_module
        load("vllm.utils.import_utils").LazyLoader = lambda name, scope, module: self.torch
        for name in sorted(REAL):
            module = load(name)
            assert module.__file__ and module.__file__.startswith(os.path.abspath(folder)), name
        load("vllm.v1.serial_utils").envs = SimpleNamespace(VLLM_MSGPACK_ZERO_COPY_THRESHOLD=256, VLLM_ALLOW_INSECURE_SERIALIZATION=False)
        load("vllm.multimodal.cache.shm").envs = SimpleNamespace(VLLM_OBJECT_STORAGE_SHM_BUFFER_NAME="mmjsonl-e2e-%d" % os.getpid())
        self.base = load("vllm.multimodal.cache.base")
        self.lru = load("vllm.multimodal.cache.lru")
        self.shm = load("vllm.multimodal.cache.shm")
        self.inputs = load("vllm.multimodal.inputs")
        self.processor = load("vllm.multimodal.processing.processor")
        self.encoder = load("vllm.v1.core.encoder_cache_manager")
        self.scheduler = load("vllm.v1.core.sched.scheduler")
        self.sglang = load("sglang.srt.managers.mm_schedule")
        self.sglang_cache = load("sglang.srt.mem_cache.multimodal_cache")
        self.dynamo_cache = load("dynamo.common.memory.multimodal_embedding_cache_manager")
        self.prefill = load("dynamo.vllm.multimodal_utils.prefill_worker_utils")
        self.connector = load("dynamo.vllm.multimodal_utils.multimodal_embedding_cache_connector")
        self.classes = {
            "vllm": self.vllm,
            "vllm-only": lambda cell: self.vllm(cell, only=True),
            "vllm-shm": self.vllm_shm,
            "vllm-encoder": self.vllm_encoder,
            "sglang": self.sglang_images,
            "sglang-encoder": self.sglang_tuple,
            "dynamo": self.dynamo,
            "dynamo-aggregated": lambda cell: self.vllm_encoder(cell, aggregated=True),
        }

    # vLLM's processor cache: BaseMultiModalProcessor._cached_apply_hf_processor, without making the tensors.

    def item(self, nbytes):
        return self.inputs.MultiModalKwargsItem({
            "pixel_values": self.inputs.MultiModalFieldElem(
                data=Tensor((nbytes,), self.torch.uint8), field=self.inputs.MultiModalBatchedField()),
        })

    def apply(self, cache, hashes, items):
        """Looks up and stores a request's images, and returns what goes to the engine; or None if the request fails."""
        processor = SimpleNamespace(
            info=SimpleNamespace(parse_mm_data=lambda data, validate: data),
            _recompute_cached_prompt_update=lambda update, index: update,
        )
        own = self.processor.BaseMultiModalProcessor
        is_cached, missing = own._get_cache_missing_items(processor, cache, {"image": items}, {"image": hashes})
        missing = missing.get("image", [])
        try:
            kwargs, _ = own._merge_mm_kwargs(
                processor, cache, {"image": hashes}, is_cached, self.inputs.MultiModalKwargsItems({"image": missing}), {"image": [[] for _ in missing]})
        except AssertionError as fault:
            assert "Expected a cached item" in str(fault)
            return None
        finally:
            cache.release_sender_touches()
        return kwargs["image"]

    def vllm(self, cell, only=False):
        weights = cell["weights"]
        config = SimpleNamespace(get_multimodal_config=lambda: SimpleNamespace(mm_processor_cache_gb=cell["capacity"] / 2**30))
        sender = self.base.MultiModalProcessorOnlyCache(config) if only else self.lru.LruKeyReplicatedSenderCache(config)
        receiver = self.lru.LruKeyReplicatedReceiverCache(config)
        whole = failed = requests = 0
        for row in filter(None, cell["rows"]):
            requests += 1
            hashes, before = names_of(row), sender.make_stats().hits
            all_cached = all(sender.is_cached(hashes))
            sent = self.apply(sender, hashes, [self.item(weights[image]) for image in row])
            if sent is None:
                failed += 1
                continue
            whole += all_cached
            assert not all_cached or sender.make_stats().hits - before == len(row)
            if not only and not failed:
                receiver.get_and_update_features([SimpleNamespace(mm_hash=h, identifier=h, data=data) for h, data in zip(hashes, sent)])
                assert list(sender._cache.order) == list(receiver._cache.order)
        stats = sender.make_stats()
        return dict(Requests=requests, Lookups=stats.total, Hits=stats.hits, Whole=whole, Failed=failed)

    def vllm_shm(self, cell):
        weights = cell["weights"]
        config = SimpleNamespace(
            parallel_config=SimpleNamespace(world_size=1),
            model_config=SimpleNamespace(get_multimodal_config=lambda: SimpleNamespace(
                mm_processor_cache_gb=cell["capacity"] / 2**30, mm_shm_cache_max_object_size_mb=cell["largest"] / 2**20)))
        sender = self.shm.ShmObjectStoreSenderCache(config)
        try:
            receiver = self.shm.ShmObjectStoreReceiverCache(config, contextlib.nullcontext())  # nobody else reads
            receiver._shm_cache.ser_de.deserialize = lambda view: None  # into a tensor
            store, whole, requests = sender._shm_cache, 0, 0
            data, nbytes, metadata, length = store.ser_de.serialize(self.item(1000))
            overhead = store.ring_buffer.MD_SIZE + store.flag_bytes + nbytes + length - 1000
            entries = set()
            for row in filter(None, cell["rows"]):
                requests += 1
                hashes = names_of(row)
                # An entry is as long as the row's weight says: its tensor is shorter by all that goes around it.
                items = [self.item(weights[image] - overhead) for image in row]
                whole += all(sender.is_cached(hashes))
                sent = self.apply(sender, hashes, items)
                features = [SimpleNamespace(mm_hash=h, identifier=h, data=data) for h, data in zip(hashes, sent)]
                for feature in features:
                    receiver.touch_receiver_cache_item(feature.mm_hash, feature.data)
                for feature in features:
                    receiver.get_and_update_item(feature.data, feature.mm_hash)
                for h, image in zip(hashes, row):
                    if image not in entries and store.is_cached(h):
                        entries.add(image)
                        with store.ring_buffer.access_buf(store.key_index[h][0]) as (_, metadata):
                            assert metadata[1] == weights[image], (metadata, weights[image])
            stats = sender.make_stats()
            return dict(Requests=requests, Lookups=stats.total, Hits=stats.hits, Whole=whole)
        finally:
            sender.close()

    # vLLM's encoder cache on the GPU, and Dynamo's connector behind it: the scheduler's own functions, a step after the other.

    def vllm_encoder(self, cell, aggregated=False):
        weights = cell["weights"]
        size = cell["front"] if aggregated else cell["capacity"]
        manager = self.encoder.EncoderCacheManager(size)
        connector = self.make_connector(cell["capacity"]) if aggregated else None
        scheduler = SimpleNamespace(
            is_encoder_decoder=False, encoder_cache_manager=manager, ec_connector=connector,
            scheduler_config=SimpleNamespace(disable_chunked_mm_input=False))
        own = self.scheduler.Scheduler
        for name in ("_reject_on_encoder_cache_embed_mismatch", "_try_schedule_encoder_inputs", "_allocate_encoder_inputs", "_free_encoder_inputs", "_free_encoder_input"):
            setattr(scheduler, name, types.MethodType(getattr(own, name), scheduler))
        scheduler.num_prefill_lookahead = 0
        requests = lookups = encoded = loaded = whole = 0
        for number, row in enumerate(cell["rows"]):
            if not row:
                continue
            requests += 1
            lookups += len(row)
            before = encoded
            features, at = [], 5
            for h, image in zip(names_of(row), row):
                place = self.inputs.PlaceholderRange(offset=at, length=weights[image])
                features.append(self.inputs.MultiModalFeatureSpec(data=None, modality="image", identifier=h, mm_position=place, mm_hash=h))
                at += weights[image] + 2
            request = SimpleNamespace(
                request_id=str(number), mm_features=features, has_encoder_inputs=True, num_computed_tokens=0, num_output_placeholders=0,
                get_num_encoder_embeds=lambda i: features[i].mm_position.get_num_embeds())
            while request.num_computed_tokens < at:
                hits = connector.metrics.hits if aggregated else 0
                inputs, tokens, _, external, repeats = scheduler._try_schedule_encoder_inputs(
                    request, request.num_computed_tokens, at - request.num_computed_tokens, size)
                assert tokens > 0, "an image is larger than the cache"
                scheduler._allocate_encoder_inputs(request, inputs + external, repeats)
                if aggregated:
                    loaded += connector.metrics.hits - hits
                    encoded += len(inputs) + len(external) - (connector.metrics.hits - hits)
                    connector.build_connector_meta(None)
                else:
                    encoded += len(inputs)
                manager.get_freed_mm_hashes()
                request.num_computed_tokens += tokens
                scheduler._free_encoder_inputs(request)
            manager.free(request)
            whole += encoded == before
        counts = dict(Requests=requests, Lookups=lookups, Hits=lookups - encoded, Whole=whole)
        if aggregated:
            counts["Front"] = lookups - encoded - loaded
            assert connector.metrics.hits == loaded and connector.metrics.misses == encoded
        return counts

    def make_connector(self, capacity):
        """Dynamo's connector, with a token as the unit of its bytes and without what it needs to reach a GPU."""
        cls = self.connector.DynamoMultimodalEmbeddingCacheConnector
        connector = cls.__new__(cls)
        connector._bytes_per_embed, connector._capacity_bytes = 1, capacity
        connector._cache_order, connector._num_used_bytes = self.connector.OrderedDict(), 0
        connector._loads_this_step, connector._saves_this_step, connector._evicts_this_step = set(), set(), set()
        connector.update_state_after_free = lambda request, index: None
        metrics = SimpleNamespace(hits=0, misses=0, record_evictions=lambda n: None, update_usage=lambda used, entries: None)

        def count(name):
            setattr(metrics, name, getattr(metrics, name) + 1)

        metrics.record_hit, metrics.record_miss = lambda: count("hits"), lambda: count("misses")
        connector._metrics = connector.metrics = metrics
        return connector

    # SGLang: a request is one prefill batch; its encode server keys on all images of a request.

    def sglang_images(self, cell):
        weights, module = cell["weights"], self.sglang
        module.init_mm_embedding_cache(cell["capacity"] * 16)
        requests = lookups = encoded = whole = 0
        for row in filter(None, cell["rows"]):
            batch = []

            def embed(items):
                batch.extend(items)
                return Tensor((sum(i.offsets[0][1] - i.offsets[0][0] + 1 for i in items), 8), self.torch.bfloat16)

            items, at = [], 20
            for image in row:
                items.append(SimpleNamespace(hash=image, offsets=[(at, at + weights[image] - 1)], model_specific_data={}, feature=None,
                                             can_defer_cuda_ipc_feature_reconstruction=lambda: False))
                at += weights[image] + 2
            info = module.PerImageRequestInfo(req_idx=0, items=items, items_offset=[i.offsets[0] for i in items], extend_prefix_len=0, extend_seq_len=at)
            module._batch_encode_per_image_misses(embed, [info], SimpleNamespace(type="cpu"))
            requests += 1
            lookups += len(row)
            encoded += len(batch)
            whole += not batch
        return dict(Requests=requests, Lookups=lookups, Hits=lookups - encoded, Whole=whole)

    def sglang_tuple(self, cell):
        weights, module = cell["weights"], self.sglang_cache
        cache = module.MultiModalStaticCache(cell["capacity"] * 16)
        requests = lookups = hits = whole = 0
        for row in filter(None, cell["rows"]):
            requests += 1
            lookups += len(row)
            key = cache.combine_hashes(row)
            found = cache.get(row)
            if found is not None:
                hits += len(row)
                whole += 1
                embedding = found.embedding
            else:
                embedding = Tensor((sum(weights[image] for image in row), 8), self.torch.bfloat16)
            cache.set(key, module.EmbeddingResult(embedding=embedding))
        return dict(Requests=requests, Lookups=lookups, Hits=hits, Whole=whole)

    # Dynamo with separate encode, prefill and decode.

    def dynamo(self, cell):
        weights, module = cell["weights"], self.prefill
        cache = self.dynamo_cache.MultimodalEmbeddingCacheManager(cell["capacity"] * 16)
        module._image_item_cache_key = lambda item, **kwargs: item

        async def fetch(client, items, request, receiver, **kwargs):
            return [module.Group(Tensor((weights[int(item, 16)], 8), self.torch.bfloat16)) for item in items], None

        class Group:
            def __init__(self, loaded_embedding, image_grid_thw=None):
                self.loaded_embedding, self.image_grid_thw = loaded_embedding, image_grid_thw

        module.Group = module.MultiModalGroup = Group
        module._fetch_from_encode_workers = fetch
        whole = requests = 0
        for row in filter(None, cell["rows"]):
            requests += 1
            before = cache.stats["misses"]
            asyncio.run(module._fetch_embeddings(None, names_of(row), "r", None, cache=cache))
            whole += cache.stats["misses"] == before
        stats = cache.stats
        return dict(Requests=requests, Lookups=stats["hits"] + stats["misses"], Hits=stats["hits"], Whole=whole)


def unpack(wheels, folder):
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder, [name for name in archive.namelist() if name.endswith(".py")])


def replay(folder):
    import logging

    logging.disable(logging.WARNING)
    servers = Servers(os.path.abspath(folder))
    for line in sys.stdin:
        cell = json.loads(line)
        counts = servers.classes[cell["class"]](cell)
        print(json.dumps({"Front": 0, "Failed": 0, **counts}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "unpack":
        unpack(sys.argv[2:-1], sys.argv[-1])
    else:
        replay(sys.argv[2])
