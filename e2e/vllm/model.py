"""Makes a tiny vision-language model that vLLM serves, with random weights and without a download: model.py qwen3|qwen2.5 FOLDER [TOKENIZER.json]

It answers with exclamation marks. Its tokenizer has a token for each byte, unless another is given, and its images may be as small as one token.
"""

import sys

import torch
import transformers as t
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

FAMILY, FOLDER, *WORDS = sys.argv[1:]
PATCH = {"qwen3": 16, "qwen2.5": 14}[FAMILY]
HIDDEN = 64

CHAT = """{%- for message in messages -%}
<|im_start|>{{ message.role }}
{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content -%}
{% if part.type == 'text' %}{{ part.text }}{% else %}<|vision_start|><|image_pad|><|vision_end|>{% endif %}
{%- endfor %}{% endif %}<|im_end|>
{% endfor -%}
{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""


def tokenizer():
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    special += [f"<|{name}|>" for name in ("vision_start", "vision_end", "vision_pad", "image_pad", "video_pad")]
    if WORDS:
        words = Tokenizer.from_file(WORDS[0])
    else:
        letters = sorted(pre_tokenizers.ByteLevel.alphabet())
        words = Tokenizer(models.BPE({letter: number for number, letter in enumerate(letters)}, []))
        words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    words.add_special_tokens(special)
    made = t.Qwen2TokenizerFast(
        tokenizer_object=words, unk_token=None, pad_token=special[0], eos_token=special[2], model_max_length=1 << 15
    )
    made.chat_template = CHAT
    return made


def main():
    words = tokenizer()
    number = words.convert_tokens_to_ids
    tokens = {f"{name}_token_id": number(f"<|{name}|>") for name in ("vision_start", "vision_end")}
    tokens |= {f"{kind}_token_id": number(f"<|{kind}_pad|>") for kind in ("image", "video")}
    language = {
        "vocab_size": -(-len(words) // 64) * 64,
        "hidden_size": HIDDEN,
        "intermediate_size": 2 * HIDDEN,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 1 << 15,
        "bos_token_id": number("<|endoftext|>"),
        "eos_token_id": number("<|im_end|>"),
    }
    eyes = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_heads": 1,
        "in_channels": 3,
        "patch_size": PATCH,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "out_hidden_size": HIDDEN,
    }
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [6, 5, 5]}
    if FAMILY == "qwen3":
        names = t.Qwen3VLConfig, t.Qwen3VLForConditionalGeneration, t.Qwen3VLProcessor, t.Qwen3VLVideoProcessor
        eyes |= {"depth": 3, "num_position_embeddings": 256, "deepstack_visual_indexes": [0, 1, 2]}
        language |= {"head_dim": 32, "rope_parameters": rope | {"mrope_interleaved": True}}
    else:
        names = t.Qwen2_5_VLConfig, t.Qwen2_5_VLForConditionalGeneration, t.Qwen2_5_VLProcessor, t.Qwen2VLVideoProcessor
        eyes |= {"depth": 2, "spatial_patch_size": PATCH, "window_size": 8 * PATCH, "fullatt_block_indexes": [1], "tokens_per_second": 2}
        language |= {"rope_parameters": rope}
    config, model, processor, videos = names

    pictures = t.Qwen2VLImageProcessor(
        patch_size=PATCH,
        merge_size=2,
        temporal_patch_size=2,
        size={"shortest_edge": (2 * PATCH) ** 2, "longest_edge": 1 << 20},
    )
    torch.manual_seed(0)
    made = model(config(text_config=language, vision_config=eyes, tie_word_embeddings=False, **tokens)).to(torch.bfloat16)
    # At temperature 0 every answer consists of the first token, an exclamation mark: of random tokens many are no text, which aiperf calls a failure.
    made.lm_head.weight.data.zero_()
    made.save_pretrained(FOLDER)
    processor(image_processor=pictures, tokenizer=words, video_processor=videos(), chat_template=CHAT).save_pretrained(FOLDER)


main()
