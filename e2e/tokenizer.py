"""Makes a folder that transformers loads as a tokenizer, without a download: tokenizer.py FOLDER

Its vocabulary is the letters, so that every text can be counted and made. The measurements that aiperf takes with it mean nothing.
"""

import string
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

vocabulary = {token: number for number, token in enumerate(["[UNK]", "[EOS]", *string.printable])}
tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
tokenizer.decoder = decoders.Fuse()
PreTrainedTokenizerFast(
    tokenizer_object=tokenizer, unk_token="[UNK]", eos_token="[EOS]", bos_token="[EOS]", pad_token="[EOS]"
).save_pretrained(sys.argv[1])
