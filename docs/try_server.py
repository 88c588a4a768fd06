#!/usr/bin/env python3
"""A server to try an experiment with, where there is no GPU: python3 try_server.py [--images N] [--port P]

It answers chat requests as vLLM does, but with two words. What is real is its cache: the N images that were used last. It counts look-ups and
hits at /metrics by vLLM's names, and an image that is missing takes 20 ms, so that hits show in the time to the first token.
It needs Python's standard library alone, and is for one machine: it listens at 127.0.0.1."""

import argparse
import collections
import hashlib
import http.server
import json
import socketserver
import threading
import time

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("--images", type=int, default=200, help="images that the cache holds (default 200)")
options.add_argument("--port", type=int, default=8000, help="0 takes a free one (default 8000)")
options = options.parse_args()

cache = collections.OrderedDict()  # digests of images; the one that was used last is at the end
lock = threading.Lock()
counts = {"queries": 0, "hits": 0}


def look_up(images):
    """Looks images up one after the other, keeps them, and returns how many were missing."""
    missing = 0
    for image in images:
        key = hashlib.sha256(image.encode()).digest()
        with lock:
            counts["queries"] += 1
            if key in cache:
                counts["hits"] += 1
            else:
                missing += 1
            cache[key] = True
            cache.move_to_end(key)
            if len(cache) > options.images:
                cache.popitem(last=False)
    return missing


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/metrics":
            return self.answer("application/json", json.dumps({"object": "list", "data": [{"id": "try", "object": "model"}]}))
        lines = []
        for name, count in counts.items():
            name = f"vllm:mm_cache_{name}_total"
            lines += [f"# HELP {name} Multi-modal cache", f"# TYPE {name} counter", f'{name}{{engine="0",model_name="try"}} {count}']
        self.answer("text/plain; version=0.0.4", "\n".join(lines) + "\n")

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = [message["content"] for message in request["messages"]]
        parts = [part for parts in content if isinstance(parts, list) for part in parts]
        time.sleep(0.02 * look_up([part["image_url"]["url"] for part in parts if part["type"] == "image_url"]))
        about = {"id": "1", "created": int(time.time()), "model": request.get("model")}
        usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
        if not request.get("stream"):
            message = {"index": 0, "message": {"role": "assistant", "content": "two words"}, "finish_reason": "stop"}
            return self.answer("application/json", json.dumps({**about, "object": "chat.completion", "choices": [message], "usage": usage}))
        choices = [{"index": 0, "delta": {"content": word}, "finish_reason": None} for word in ("two", " words")]
        choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
        events = [{"choices": [choice]} for choice in choices] + [{"choices": [], "usage": usage}]
        lines = [json.dumps({**about, "object": "chat.completion.chunk", **event}) for event in events] + ["[DONE]"]
        self.answer("text/event-stream", "".join(f"data: {line}\n\n" for line in lines))

    def answer(self, kind, text):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingTCPServer):  # an HTTPServer would look up this machine's name, for a minute where nobody knows it
    allow_reuse_address = daemon_threads = True
    request_queue_size = 1024


with Server(("127.0.0.1", options.port), Handler) as server:
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
