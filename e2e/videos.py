"""Decodes the videos of a folder with the usual libraries. Each has to take every file without a warning, and finds the frames that the file's
name says. No two videos of a kind may have the same pixels, and hardly any pixel is black or white. Prints how many videos there were."""

import hashlib
import pathlib
import subprocess
import sys
import warnings

import av
import cv2
import decord
import imageio_ffmpeg
import numpy

warnings.simplefilter("error")
seen = {}
files = sorted(pathlib.Path(sys.argv[1]).iterdir())
for path in files:
    size, frames, kind, _ = path.name.split("_")
    width, height = map(int, size.split("x"))
    frames = int(frames)
    digest, count, clipped = hashlib.sha256(), 0, 0
    with av.open(path) as container:
        for frame in container.decode(video=0):
            pixels = frame.to_ndarray(format="yuv420p")
            if (frame.width, frame.height) != (width, height):
                sys.exit(f"{path.name}: PyAV finds {frame.width}x{frame.height}")
            # In a frame of few macroblocks perhaps none changes.
            if count > 0 and kind != "least" and width > 300 and (pixels == before).all():
                sys.exit(f"{path.name}: frame {count} is the one before it")
            before = pixels
            digest.update(pixels.tobytes())
            clipped += numpy.count_nonzero((pixels[:height] < 2) | (pixels[:height] > 253))
            count += 1
    found = {"PyAV": count}
    if clipped > 0.01 * width * height * frames:
        sys.exit(f"{path.name}: {clipped} pixels are black or white")
    video = cv2.VideoCapture(str(path))
    found["OpenCV"] = 0
    while True:
        good, pixels = video.read()
        if not good:
            break
        if pixels.shape != (height, width, 3):
            sys.exit(f"{path.name}: OpenCV finds {pixels.shape}")
        found["OpenCV"] += 1
    found["decord"] = len(decord.VideoReader(str(path)))
    if width % 32 == 0:  # decord itself mistakes the rows' length of other widths
        pixels = decord.VideoReader(str(path)).get_batch(range(frames)).asnumpy()
        if pixels.shape != (frames, height, width, 3):
            sys.exit(f"{path.name}: decord finds {pixels.shape}")
    for library, got in found.items():
        if got != frames:
            sys.exit(f"{path.name}: {library} finds {got} frames")
    key = size, kind, digest.digest()
    if key in seen:
        sys.exit(f"{path.name} has the pixels of {seen[key]}")
    seen[key] = path.name
ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
for path in files[:: max(1, len(files) // 60)]:
    said = subprocess.run([ffmpeg, "-v", "warning", "-err_detect", "explode", "-i", path, "-f", "null", "-"], capture_output=True, text=True)
    if said.returncode or said.stderr:
        sys.exit(f"{path.name}: ffmpeg says {said.stderr}")
print(len(files))
