"""Has transformers' own image processor of Qwen-VL take the images of folders.

    taken.py MODEL FOLDER...     prints a line for each folder and size: folder width height images

An image that is opened with a warning, gives another number of values than its size asks for, or gives the values of another image, is an error.
"""

import collections
import hashlib
import os
import sys
import warnings

from PIL import Image
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

warnings.simplefilter("error")
processor = Qwen2VLImageProcessorPil.from_pretrained(sys.argv[1])
for folder in sys.argv[2:]:
    sizes, seen = collections.Counter(), set()
    for name in sorted(os.listdir(folder)):
        if name.startswith("."):
            continue
        with Image.open(os.path.join(folder, name)) as image:
            image.load()
            values = processor(images=[image], return_tensors="np")["pixel_values"]
            patches = processor.get_number_of_image_patches(image.height, image.width, {})
            assert values.size == patches * 3 * processor.temporal_patch_size * processor.patch_size**2, (name, image.size, values.shape)
            sizes[image.size] += 1
        digest = hashlib.sha256(values.tobytes()).digest()
        assert digest not in seen, name
        seen.add(digest)
    for (width, height), images in sorted(sizes.items()):
        print(os.path.basename(folder), width, height, images)
