"""The inputs of the program's commands, for type checkers.

Written by go test ./internal/inputs -update: do not edit.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Optional, TypedDict, Union

Path = Union[str, os.PathLike[str]]
Number = Union[str, int, float]


class GenerateInputs(TypedDict, total=False):
    """Inputs of the command generate."""

    preset: Optional[str]  # values of other inputs by a documented kind of traffic, unless they are given: "servegen", "azure-lmm", "computer-use", "document-qa" or "catalogue"; print-config shows them
    num_requests: Optional[int]  # rows in the file, at least 1
    images_per_request: Optional[Union[Number, Sequence[Number]]]  # images in each row; 0 makes text-only rows, as a baseline. Or a mixture of IMAGES:WEIGHT, like 1:80,2:7,3:8,4:5, which divides the rows exactly by weight
    images_pool: Optional[int]  # distinct images to sample from, at least images-per-request; by default, or with 0, as many as the requested reuse or hit rate needs, else one for each image slot, so that no image repeats
    user_text_tokens: Optional[int]  # random words in each row; each word is one token in the usual vocabularies
    tokenizer: Optional[str]  # a model's tokenizer.json, or its folder: each word is one token in it, at the beginning of a text and after a space; by default words of the program's own list
    input_tokens: Optional[int]  # tokens of each request, its images and template among them, in place of user-text-tokens: the text is as long as is left; needs model, a folder, or image-tokens, if there are images
    image_tokens: Optional[Union[Number, Sequence[Number]]]  # for input-tokens, in place of model: tokens that an image of each image-size becomes, with those that mark it, like 512x512:256 or 1280x720:880,640x360:220
    template_tokens: Optional[Union[Number, Sequence[Number]]]  # for input-tokens: tokens that the server's chat template puts around text and images. Those before and behind, like 3+5, also tell what the server counts as hits of its prefix cache
    prefix_tokens: Optional[int]  # tokens of text that the rows of a group share at their beginning, for the server's prefix (KV) cache
    prefixes: Optional[int]  # groups of rows that share their beginning
    prefix_pattern: Optional[str]  # sizes of the groups: "uniform": a row is in each with the same chance; "zipf": in group i in proportion to 1/i
    text_after_images: Optional[bool]  # text behind the images, in formats that are bodies: a shared prefix of text then begins behind the images, and no prefix cache hits it unless they are the same
    prompt: Optional[str]  # fixed text for every row, in place of random words
    seed: Optional[Union[Number, Sequence[Number]]]  # unsigned 64-bit number that decides every random choice; "random" draws one and reports it
    num_users: Optional[int]  # users with sliding windows of images, in place of num-requests and images-pool: each user has a request in each turn, with one new image; for command sliding-window 10 by default
    turns_per_user: Optional[Union[Number, Sequence[Number]]]  # requests of each user, a number or a distribution like output-tokens; with users 20 by default, in conversations 5
    window_size: Optional[int]  # images in each request of a user; with users 5 by default
    shared_images: Optional[int]  # of these, images in front that are the same in the windows of all users, fewer than window-size
    images_per_turn: Optional[Union[Number, Sequence[Number]]]  # new images in each turn of a conversation, in place of windows: one number, or a list by turn like 4,0,1, whose last number holds for all further turns. Each turn is sent with all turns before it (default 1 for command multi-turn)
    session_id: Optional[bool]  # rows of users have a session_id, by which aiperf sends a user's requests one after the other; false: rows are sent in the file's order; by default true, and with hit-rate false
    reuse_rate: Optional[Union[Number, Sequence[Number]]]  # fraction of the image slots that repeat an earlier image, like 0.9 or 90%; in place of images-pool
    reuse_pattern: Optional[str]  # "uniform": every image of the pool is equally likely; "steady": first uses are spread evenly, so that an unlimited cache hits at the same rate from start to end; "zipf": some images are hot
    zipf_exponent: Optional[float]  # skew of the reuse pattern zipf, which uses the image of rank i in proportion to 1/i^S; from 0, all alike, to 10
    hit_rate: Optional[Union[Number, Sequence[Number]]]  # target hit rate of an LRU cache of IMAGES images, like 0.6@200, or of so many bytes, like 0.6@2GiB: without server or bytes-per-image, images take what their files have; several targets: 0.3@50,0.6@200,0.8@800. Without images-pool or reuse-rate, every miss past the last target is a new image. With users it decides when they return: windows reach such rates in steps, and the nearest is taken
    server: Optional[str]  # for hit rates of caches in bytes: the server's cache, one of those that inspect knows
    model: Optional[str]  # the server's model as it was given to the server, a name or a folder: rows that are bodies name it, and for hit rates of caches in bytes a folder says what an image takes
    bytes_per_image: Optional[Union[Number, Sequence[Number]]]  # for hit rates of caches in bytes, in place of model: bytes that an image takes in the cache, like 4194304 or 4MiB
    image_cache_bytes: Optional[Union[Number, Sequence[Number]]]  # for hit rates of caches in bytes, in place of server and model: bytes that an image of each size takes in the cache, like 1280x720:7372800,640x360:1843200
    concurrency: Optional[int]  # requests that the client keeps in flight; hit rate targets hold even if requests overtake each other by that many
    warm_up: Optional[str]  # where the first uses go: "spread" over the file, "first", into the first rows, which a measurement can leave out, or "held-out:N", over the file behind N more rows with images of their own, which leave the server warm and its cache cold
    format: Optional[str]  # whose rows they are: "aiperf" (single_turn), "raw-payload" (chat bodies, for aiperf, SGLang, evalscope), "mooncake" (bodies, for aiperf), "openai-batch" (for vllm run-batch), "vllm-custom-image" (for vllm bench serve)
    served_model_name: Optional[str]  # what bodies call the model, if the server was told another name than model
    max_tokens: Optional[int]  # tokens that an answer has at most; by default, or with 0, rows do not say
    output_tokens: Optional[Union[Number, Sequence[Number]]]  # exact length of each answer, in place of max-tokens: a number, normal:MEAN,DEVIATION, lognormal:MEAN,DEVIATION or uniform:LEAST-MOST; rows then tell the server to go on until it is reached (min_tokens, ignore_eos)
    request_rate: Optional[float]  # requests a second: rows then have the time at which they are sent, and aiperf sends them by --fixed-schedule
    arrival: Optional[Union[Number, Sequence[Number]]]  # how regular requests are at a request rate: "constant", "poisson", or gamma:CV with the coefficient of variation of the times between them
    extra: Optional[str]  # JSON object whose members go into each request's body, like {"temperature":0}
    uuid: Optional[bool]  # give each image a uuid, by which some servers tell images apart: uuid5 of what the row calls the image
    uuid_of: Optional[str]  # give each image a uuid, of its "reference", as uuid does, or of its "content": the same whatever rows call the image
    image_mode: Optional[str]  # "base64": rows hold paths of local images, which aiperf reads and encodes; "datauri": rows hold the images themselves; "http": rows hold URLs, which the model server fetches
    image_size: Optional[Union[Number, Sequence[Number]]]  # size of generated images in pixels, each side from 1 to 16384, as JPEG to 65500; one number makes a square. Several sizes by weight: 1280x720:3,640x360:5
    popular_sizes: Optional[bool]  # with reuse pattern zipf, the images that are used most have the first of several sizes, the next ones the second, and so on, each size as many images as its weight says; by default sizes do not depend on popularity
    image_format: Optional[str]  # format of generated images: "png" or "jpeg"; "mp4": videos (H.264) in place of images
    image_content: Optional[str]  # what generated images show: "noise", which nothing compresses, or "photo", which compresses as photographs do; by default noise in PNG and photo in JPEG
    image_bytes: Optional[Union[Number, Sequence[Number]]]  # length of each generated JPEG or MP4 file, met to the byte, like 55KiB; by default 1.1 to 1.9 bits a pixel, of a video 0.05 to 0.13 a frame, each image another number
    video_fps: Optional[int]  # for image-format mp4: frames a second, from 1 to 240
    video_seconds: Optional[int]  # length of each video in whole seconds, for image-format mp4
    images_from: Optional[Path]  # folder of your own images (PNG, JPEG; in data URIs and by URL also GIF and WebP) to use in place of generated ones, with the folders in it; files of the same content are one image
    image_dir: Optional[Path]  # folder of generated images; by default a folder beside the output, named after size and seed; "-" writes no images, where rows name them by URLs that mmjsonl serve serves
    image_path_prefix: Optional[Path]  # path to write in the rows in place of the image folder's, for a client that sees the folder elsewhere; by default the path that the next step sees
    coco_annotations: Optional[Path]  # COCO image_info with the URLs to use: a JSON file, a zip that holds one, or the URL of either; the default file is downloaded if it is missing
    allow_local_urls: Optional[bool]  # as an action: let coco-annotations be a URL of this machine, its gateway or a link-local address, which is rejected otherwise
    url_list: Optional[Path]  # text file with one URL a line, in place of COCO
    image_url_base: Optional[str]  # generate the images and name them URL/img_0000.png and so on, for your own media server
    output: Optional[Path]  # file to write; "-" is standard output (not as an action); by default a name that describes the configuration
    report: Optional[Path]  # also write an HTML page with the figures, the hit rate curve and the first images
    compression: Optional[str]  # "none", "zstd" or "gzip"; an output name that ends in .zst or .gz selects it too
    compression_level: Optional[str]  # "fastest", "default", "better" or "best"; ignored for zstd with image mode datauri
    sha256: Optional[bool]  # compute the output's SHA-256; hashing a large file of data URIs takes as long as making it
    shard: Optional[Union[Number, Sequence[Number]]]  # make a part of the rows, and of the images, for mmjsonl join: INDEX/COUNT with indices from 0, or "auto" in tasks of Slurm, AWS Batch, LSF, SGE, MPI or torchrun, "auto/COUNT" in those of Kubernetes or PBS
    force: Optional[bool]  # go on where a disk has less room than the run needs


class InspectInputs(TypedDict, total=False):
    """Inputs of the command inspect."""

    cache_images: Optional[Union[Number, Sequence[Number]]]  # cache capacities in images, like 50,200: shows what an LRU cache of each hits
    concurrency: Optional[int]  # requests in flight: shows the range of hit rates if each request is at most W-1 places out of order
    replicas: Optional[int]  # servers behind a round robin: shows what each of them hits
    request_count: Optional[int]  # requests that the client sends behind the warm-up: it stops before the file's end, or starts again at its beginning; by default the file is sent once
    warmup_request_count: Optional[int]  # requests that the client sends before it measures, from the file's beginning
    fixed_schedule: Optional[bool]  # the client sends rows by their timestamps
    look_for_files: Optional[bool]  # look for the local images and videos that rows name, as the client would; false where they are on another machine
    server: Optional[str]  # the server's cache: "vllm", "vllm-shm", "vllm-encoder", "sglang", "sglang-encoder", "dynamo", "dynamo-aggregated", "trtllm", "trtllm-older" or "lru"
    cache_gib: Optional[Union[Number, Sequence[Number]]]  # size of the server's cache in GiB; by default the server's own default
    cache_tokens: Optional[int]  # size of vLLM's encoder cache in tokens, for "vllm-encoder" and "dynamo-aggregated"
    model: Optional[str]  # folder of the model, whose config.json and preprocessor_config.json say what an image takes: Qwen-VL, LLaVA-1.5, Gemma 3
    bytes_per_image: Optional[Union[Number, Sequence[Number]]]  # in place of model: bytes that an image takes in the server's cache, like 4194304 or 4MiB
    tokens_per_image: Optional[int]  # in place of model: tokens that an image becomes; by default they follow from image-size and patch
    image_size: Optional[Union[Number, Sequence[Number]]]  # size of an image in pixels, for its number of tokens; one number makes a square
    patch: Optional[int]  # in place of model: side in pixels of the square that becomes one token, 28 for Qwen2.5-VL, 32 for Qwen3-VL
    model_hidden: Optional[int]  # in place of model: hidden size of the language model, for caches of embeddings
    deepstack: Optional[int]  # in place of model: extra vectors that the model keeps for each token (DeepStack levels); by default 3 with patch 32, else 0
    pixel_bytes: Optional[int]  # bytes of a number in vLLM's processor cache: 1 by default for Qwen-VL, 2 with vLLM's --no-mm-device-do-normalize, 4 for a float32 model
    tokenizer: Optional[str]  # a model's tokenizer.json, or its folder: counts the tokens of texts, and those that requests begin with in common
    report: Optional[Path]  # also write an HTML page with the hit rate curve, of several files side by side


class CompareInputs(TypedDict, total=False):
    """Inputs of the command compare."""

    before: Optional[Path]  # where RUN is a request file: the server's metrics before it was sent, as its /metrics answers; or what mmjsonl serve answers at /stats
    after: Optional[Path]  # the same after it was sent
    request_file: Optional[Path]  # the request file that was sent, where it is not where the run's configuration says
    cache_images: Optional[int]  # size of the server's cache in images; by default the capacity that the file was made for
    tolerance: Optional[Union[Number, Sequence[Number]]]  # share of the image slots by which hits may differ, like 0.01 or 1%; by default what requests in flight explain that overtake each other
    concurrency: Optional[int]  # requests in flight, where the run does not say
    warmup_request_count: Optional[int]  # requests from the file's beginning that were sent before the first metrics were read
    server: Optional[str]  # the server's cache: "vllm", "vllm-shm", "vllm-encoder", "sglang", "sglang-encoder", "dynamo", "dynamo-aggregated", "trtllm", "trtllm-older" or "lru"
    cache_gib: Optional[Union[Number, Sequence[Number]]]  # size of the server's cache in GiB; by default the server's own default
    cache_tokens: Optional[int]  # size of vLLM's encoder cache in tokens, for "vllm-encoder" and "dynamo-aggregated"
    model: Optional[str]  # folder of the model, whose config.json and preprocessor_config.json say what an image takes: Qwen-VL, LLaVA-1.5, Gemma 3
    bytes_per_image: Optional[Union[Number, Sequence[Number]]]  # in place of model: bytes that an image takes in the server's cache, like 4194304 or 4MiB
    tokens_per_image: Optional[int]  # in place of model: tokens that an image becomes; by default they follow from image-size and patch
    image_size: Optional[Union[Number, Sequence[Number]]]  # size of an image in pixels, for its number of tokens; one number makes a square
    patch: Optional[int]  # in place of model: side in pixels of the square that becomes one token, 28 for Qwen2.5-VL, 32 for Qwen3-VL
    model_hidden: Optional[int]  # in place of model: hidden size of the language model, for caches of embeddings
    deepstack: Optional[int]  # in place of model: extra vectors that the model keeps for each token (DeepStack levels); by default 3 with patch 32, else 0
    pixel_bytes: Optional[int]  # bytes of a number in vLLM's processor cache: 1 by default for Qwen-VL, 2 with vLLM's --no-mm-device-do-normalize, 4 for a float32 model
    report: Optional[Path]  # also write an HTML page with the curves of all runs and what was counted


class CapacityInputs(TypedDict, total=False):
    """Inputs of the command capacity."""

    server: Optional[str]  # the server's cache: "vllm", "vllm-shm", "vllm-encoder", "sglang", "sglang-encoder", "dynamo", "dynamo-aggregated", "trtllm", "trtllm-older" or "lru"
    cache_gib: Optional[Union[Number, Sequence[Number]]]  # size of the server's cache in GiB; by default the server's own default
    cache_tokens: Optional[int]  # size of vLLM's encoder cache in tokens, for "vllm-encoder" and "dynamo-aggregated"
    model: Optional[str]  # folder of the model, whose config.json and preprocessor_config.json say what an image takes: Qwen-VL, LLaVA-1.5, Gemma 3
    bytes_per_image: Optional[Union[Number, Sequence[Number]]]  # in place of model: bytes that an image takes in the server's cache, like 4194304 or 4MiB
    tokens_per_image: Optional[int]  # in place of model: tokens that an image becomes; by default they follow from image-size and patch
    image_size: Optional[Union[Number, Sequence[Number]]]  # size of an image in pixels, for its number of tokens; one number makes a square
    patch: Optional[int]  # in place of model: side in pixels of the square that becomes one token, 28 for Qwen2.5-VL, 32 for Qwen3-VL
    model_hidden: Optional[int]  # in place of model: hidden size of the language model, for caches of embeddings
    deepstack: Optional[int]  # in place of model: extra vectors that the model keeps for each token (DeepStack levels); by default 3 with patch 32, else 0
    pixel_bytes: Optional[int]  # bytes of a number in vLLM's processor cache: 1 by default for Qwen-VL, 2 with vLLM's --no-mm-device-do-normalize, 4 for a float32 model


class RegenerateInputs(TypedDict, total=False):
    """Inputs of the command regenerate."""

    output: Optional[Path]  # file to write; by default the manifest's name for it, in this folder, unless another file has that name
    image_dir: Optional[Path]  # folder of generated images; by default a folder beside the output, named after size and seed; "-" writes no images, where rows name them by URLs that mmjsonl serve serves
    force: Optional[bool]  # go on where a disk has less room than the run needs
    coco_annotations: Optional[Path]  # where the COCO annotations are now; by default what the manifest says, in its own folder
    url_list: Optional[Path]  # where the list of URLs is now; by default what the manifest says, in its own folder
    tokenizer: Optional[str]  # where the tokenizer.json is now; by default what the manifest says, in its own folder
    allow_local_urls: Optional[bool]  # let a coco-annotations of the manifest, and any as an action, be a URL of this machine, its gateway or a link-local address, which is rejected otherwise
