"""Times an encoder on frames or images that it decodes first, and prints how much processor time each file took, in seconds.

    encode.py pillow FILE...   libjpeg-turbo, by Pillow, at quality 85
    encode.py x264 FILE...     libx264, by PyAV: ffmpeg's, at its preset ultrafast, on one thread, without the start of a process
"""

import io
import resource
import sys


def used():
    u = resource.getrusage(resource.RUSAGE_SELF)
    return u.ru_utime + u.ru_stime


def pillow(path):
    from PIL import Image

    with Image.open(path) as image:
        image.load()
        pixels = image.convert("RGB")
    return lambda: pixels.save(io.BytesIO(), "JPEG", quality=85)


def x264(path):
    import av

    with av.open(path) as container:
        rate = container.streams.video[0].average_rate
        frames = [frame.reformat(format="yuv420p") for frame in container.decode(video=0)]

    def encode():
        with av.open(io.BytesIO(), "w", format="mp4") as output:
            stream = output.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
            stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
            stream.codec_context.thread_count = 1
            for i, frame in enumerate(frames):
                frame.pts = i
                output.mux(stream.encode(frame))
            output.mux(stream.encode())

    return encode


encoders = [{"pillow": pillow, "x264": x264}[sys.argv[1]](path) for path in sys.argv[2:]]
encoders[0]()  # what is made at the first use
for line in sys.stdin:
    begin = used()
    for encode in encoders:
        encode()
    print((used() - begin) / len(encoders), flush=True)
