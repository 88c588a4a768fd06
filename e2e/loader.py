"""Feeds files to aiperf's own loaders, and says what they make of each.

usage: loader.py FOLDER

Each file of the folder is called KIND-anything. It is read in the working directory, as aiperf reads it, and a line of JSON is printed for
it: {"file", "refused": why or null, "requests": [{"session", "text", "images": [{"url", "uuid"}]}]}, videos being images too, with long URLs as their digests. The
requests are those of all conversations, one after the other, each as it would be sent first.
"""

import hashlib
import json
import os
import sys
import warnings

warnings.simplefilter("ignore")

from aiperf.common.models.model_endpoint_info import ModelEndpointInfo
from aiperf.dataset.loader.base_loader import _default_test_run
from aiperf.dataset.loader.mooncake_trace import MooncakeTraceDatasetLoader
from aiperf.dataset.loader.multi_turn import MultiTurnDatasetLoader
from aiperf.dataset.loader.raw_payload import RawPayloadDatasetLoader
from aiperf.dataset.loader.single_turn import SingleTurnDatasetLoader
from aiperf.dataset.payload_formatting import format_conversation_payloads


class Words:
    """A prompt generator as far as the loader of traces asks for one."""

    class tokenizer:
        resolved_name = "none"
        block_separation_token_id = 0

    class _hash_id_corpus_rng:
        seed = 0
        set_trace_id = staticmethod(lambda trace: None)

    _cache = {}
    _tokenized_corpus = [0]


class Mooncake(MooncakeTraceDatasetLoader):
    def synthesize_prompts_from_hash_ids(self, requests):
        return {request.key: "words" for request in requests}


run = _default_test_run()
endpoint = ModelEndpointInfo.from_run(run)
loaders = {
    "single_turn": lambda file: SingleTurnDatasetLoader(filename=file, run=run),
    "multi_turn": lambda file: MultiTurnDatasetLoader(filename=file, run=run),
    "raw_payload": lambda file: RawPayloadDatasetLoader(filename=file, run=run),
    "mooncake_trace": lambda file: Mooncake(filename=file, run=run, prompt_generator=Words),
}


def short(url):
    if not isinstance(url, str):
        return repr(url)
    return url if len(url) < 100 else hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


def request(session, payload):
    """What is sent, as far as it is text, images and videos."""
    images, text = [], False
    messages = payload.get("messages") if isinstance(payload, dict) else None
    for message in messages if isinstance(messages, list) else []:
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, str):
            text = text or content != ""
        for part in content if isinstance(content, list) else []:
            if not isinstance(part, dict):
                continue
            if isinstance(part.get("text"), str):
                text = text or part["text"] != ""
            url = part.get("image_url" if "image_url" in part else "video_url")
            if isinstance(url, dict):
                url = url.get("url")
            uuid = part.get("uuid")
            uuid = uuid if isinstance(uuid, str) and uuid else None
            if uuid or isinstance(url, str):
                images.append({"url": short(url) if isinstance(url, str) else "", "uuid": uuid})
    return {"session": session, "text": text, "images": images}


def judge(file, kind):
    try:
        loader = loaders[kind](file)
        conversations = loader.convert_to_conversations(loader.load_dataset())
        for conversation in conversations:
            conversation.metadata()
            for turn in conversation.turns:
                turn.audios = []  # some fail only when they are sent
    except Exception as fault:  # whatever it is, aiperf ends with it
        return {"refused": f"{type(fault).__name__}: {fault}"[:300], "requests": []}
    named = {}
    requests = []
    for session, _, payload in format_conversation_payloads(conversations, endpoint):
        requests.append(request(named.setdefault(session, len(named)), payload))
    return {"refused": None, "requests": requests}


for name in sorted(os.listdir(sys.argv[1])):
    print(json.dumps({"file": name} | judge(os.path.join(sys.argv[1], name), name.split("-")[0])))
