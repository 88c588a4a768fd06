// Package tokenizer counts the tokens of a text as a model's own tokenizer does, from the tokenizer.json that comes with the model, and chooses
// words of exactly one token each.
//
// A tokenizer.json describes a line of stations, as the Hugging Face library tokenizers has them: added tokens are cut out of the text, what is
// left is normalized, split into pieces, and each piece is encoded by the model: byte-pair encoding on bytes (GPT, Qwen, Llama 3) or on characters
// (Llama 2, Gemma), Unigram (T5), WordPiece (BERT) or whole words. A station that this package does not know is an error: a count is exact or there
// is none. Special tokens that a post-processor adds around a text are not counted.
package tokenizer
