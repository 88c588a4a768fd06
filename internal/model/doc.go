// Package model knows what a model makes of an image: how many tokens it becomes, and how many numbers the image processor hands to the
// vision encoder. It reads both from the model's own folder, config.json and preprocessor_config.json.
//
// The models are those of the Qwen-VL family, which cut an image into patches at nearly its own size, and LLaVA and Gemma 3, which bring every
// image to one size. The arithmetic is that of transformers, to the last bit: testdata holds what its processors did with hundreds of
// sizes.
package model
