"""What transformers' own image processors make of images of many sizes.

    processors.py FOLDER...     prints a line for each model and size: model width height tokens values

Large images are not made: of them the number of patches is asked for, which for small ones is held to what comes out.
"""

import json
import os
import random
import sys

import numpy
from PIL import Image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

SMALL = 600 * 600


def sizes(seed):
    rng = random.Random(seed)
    yield from [(1, 1), (1, 200), (200, 1), (28, 28), (32, 32), (14, 14), (42, 70), (48, 112), (512, 512), (1024, 1024), (1920, 1080),
                (1080, 1920), (640, 480), (4000, 3000), (8192, 8192), (16384, 100), (65536, 65536), (65536, 400), (300, 20), (255, 257), (1, 201), (402, 2)]
    for _ in range(60):
        yield rng.randint(1, 300), rng.randint(2, 300)
    for _ in range(60):
        width = rng.randint(200, 3000)
        yield width, max(1, int(width * rng.uniform(0.3, 3)))
    for _ in range(40):  # where rounding decides: halves of a token, and sides that differ much
        side = rng.choice([28, 32])
        yield side * rng.randint(1, 80) + side // 2, side * rng.randint(1, 80) + rng.choice([0, side // 2, -1, 1])
    for _ in range(20):
        width = rng.randint(2000, 65536)
        yield width, max(1, width // rng.randint(150, 200))


def made(processor, width, height):
    return processor(images=[Image.fromarray(numpy.zeros((height, width, 3), dtype=numpy.uint8))], return_tensors="np")


def qwen(folder, config, width, height):
    processor = Qwen2VLImageProcessorPil.from_pretrained(folder)
    try:
        patches = processor.get_number_of_image_patches(height, width, {})
    except ValueError as fault:
        assert "aspect ratio" in str(fault)
        return None
    values = patches * 3 * processor.temporal_patch_size * processor.patch_size**2
    if width * height <= SMALL and patches * processor.patch_size**2 <= 4 * SMALL:
        out = made(processor, width, height)
        assert out["pixel_values"].size == values, (width, height, out["pixel_values"].shape, values)
        assert out["image_grid_thw"].prod() == patches
    return patches // processor.merge_size**2, values


def llava(folder, config, width, height):
    if width * height > SMALL:
        return None
    size, patch = config["vision_config"]["image_size"], config["vision_config"]["patch_size"]
    return (size // patch) ** 2, made(CLIPImageProcessorPil.from_pretrained(folder), width, height)["pixel_values"].size


def gemma(folder, config, width, height):
    if width * height > SMALL:
        return None
    return config["mm_tokens_per_image"], made(Gemma3ImageProcessorPil.from_pretrained(folder), width, height)["pixel_values"].size


KINDS = {"llava": llava, "gemma3": gemma}

for number, folder in enumerate(sorted(sys.argv[1:])):
    with open(os.path.join(folder, "config.json")) as f:
        config = json.load(f)
    kind = KINDS.get(config["model_type"], qwen)
    for width, height in sorted(set(sizes(number))):
        result = kind(folder, config, width, height)
        if result is not None:
            print(os.path.basename(os.path.normpath(folder)), width, height, *result)
        elif kind is qwen:
            print(os.path.basename(os.path.normpath(folder)), width, height, "rejected")
