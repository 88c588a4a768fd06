"""The library tokenizers, for package tokenizer to be held to.

    count_tokens.py train FOLDER TEXT...    trains a small tokenizer of each kind on files, and writes FOLDER/KIND.json
    count_tokens.py texts SEED COUNT TEXT…  prints texts made of the files' words and of what is hard to split, as a JSON list
    count_tokens.py count FILE...           reads such a list, and prints {FILE: [how many tokens each text is, without special ones]}
    count_tokens.py encode FILE...          likewise, with the tokens themselves
"""

import json
import os
import random
import sys

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
ODD = ["é", "ü", "ß", "日本", "語", "한국", "🙂", "👩‍👩‍👧", "\n", "\n\n", "\t", "  ", "   ", "'s", "'LL", "I'm", "123", "45678", "3.14", "<|end|>", "</s>", "ﬁ", "①", "İ",
       "e\u0301", "\u00a0", "…", "—", "//", "_x_", "#$%", "\u200b", "ａｂ", "A1b2", "don't"]
SIZE = 700


def kinds():
    """Yields name, tokenizer and trainer."""
    bytes_ = pre_tokenizers.ByteLevel.alphabet()
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    yield "gpt2", t, trainers.BpeTrainer(vocab_size=SIZE, initial_alphabet=bytes_, special_tokens=["<|end|>"])

    t = Tokenizer(models.BPE(ignore_merges=True))
    t.normalizer = normalizers.NFC()
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(QWEN), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    yield "qwen", t, trainers.BpeTrainer(vocab_size=SIZE, initial_alphabet=bytes_, special_tokens=["<|end|>"])

    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(O200K), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    yield "o200k", t, trainers.BpeTrainer(vocab_size=SIZE, initial_alphabet=bytes_)

    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    special = ["<unk>", "</s>"] + ["<0x%02X>" % b for b in range(256)]
    yield "llama", t, trainers.BpeTrainer(vocab_size=SIZE + 256, special_tokens=special)

    t = Tokenizer(models.Unigram())
    t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    yield "unigram", t, trainers.UnigramTrainer(vocab_size=SIZE, unk_token="<unk>", special_tokens=["<unk>", "</s>"])

    t = Tokenizer(models.Unigram())
    t.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Strip(), normalizers.Lowercase()])
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    yield "t5", t, trainers.UnigramTrainer(vocab_size=SIZE, unk_token="<unk>", special_tokens=["<unk>", "</s>"])

    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer()
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    yield "bert", t, trainers.WordPieceTrainer(vocab_size=SIZE, special_tokens=["[UNK]"])

    t = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    t.normalizer = normalizers.Lowercase()
    t.pre_tokenizer = pre_tokenizers.Whitespace()
    yield "clip", t, trainers.BpeTrainer(vocab_size=SIZE, end_of_word_suffix="</w>", special_tokens=["<unk>"])

    t = Tokenizer(models.WordLevel(unk_token="<unk>"))
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.Punctuation("contiguous")])
    yield "words", t, trainers.WordLevelTrainer(vocab_size=SIZE, special_tokens=["<unk>"])


def read(names):
    return "\n".join(open(name, encoding="utf-8").read() for name in names)


def train(folder, names):
    text = read(names)
    lines = [text[i : i + 200] for i in range(0, len(text), 200)]
    for name, tokenizer, trainer in kinds():
        tokenizer.train_from_iterator(lines, trainer)
        if name == "llama":
            # As converted from SentencePiece: nothing but the text's own marks divides it.
            tokenizer.pre_tokenizer = None
            saved = json.loads(tokenizer.to_str())
            saved["pre_tokenizer"] = None
            tokenizer = Tokenizer.from_str(json.dumps(saved))
        if name == "gpt2":
            tokenizer.add_tokens([AddedToken("\n\n", normalized=False), AddedToken("don", single_word=True), AddedToken("3.14", lstrip=True, rstrip=True)])
        tokenizer.save(os.path.join(folder, name + ".json"), pretty=False)


def texts(seed, count, names):
    rng = random.Random(seed)
    words = read(names).split()
    made = []
    for _ in range(count):
        text = ""
        for _ in range(rng.randint(0, 25)):
            text += rng.choice(words) if rng.random() < 0.75 else rng.choice(ODD)
            text += rng.choice([" ", " ", " ", "", "\n", "  "])
        made.append(text)
    print(json.dumps(made))


def encode(names, of):
    given = json.load(sys.stdin)
    found = {}
    for name in names:
        tokenizer = Tokenizer.from_file(name)
        found[name] = [of(encoded.ids) for encoded in tokenizer.encode_batch(given, add_special_tokens=False)]
    print(json.dumps(found))


if sys.argv[1] == "train":
    train(sys.argv[2], sys.argv[3:])
elif sys.argv[1] == "texts":
    texts(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
else:
    encode(sys.argv[2:], {"count": len, "encode": list}[sys.argv[1]])
