// Package zstdframe writes a Zstandard frame (RFC 8878) for a writer who knows what is in the content: where text is,
// where base64 of bytes that do not compress, and what repeats. Nothing is searched for, so no content is kept, and a repeat
// costs the same few bytes whether it lies a line back or 128 MiB.
//
// A frame is a header, blocks and an end, appended one after another:
//
//	AppendHeader  (TextEncoder.Append | AppendBase64 | AppendRepeat)…  AppendEnd
//
// A block says everything about itself: it brings its own Huffman tree and never refers to the tree, the tables or the offsets
// of a block before it. So the bytes of a part of the content depend on that part alone, and parts may be made side by side
// and put together in order.
//
//   - Base64 is literals without sequences, Huffman-coded with a tree in which each of the 64 symbols has six bits. That is the
//     size of the bytes it encodes, and the coding is a permutation of them.
//   - A repeat is one sequence a block: no literals, one match of up to 128 KiB. It takes 15 bytes or fewer.
//   - Text is Huffman-coded literals, or plain bytes where that is not shorter.
//
// The package's oracles are the decoder of github.com/klauspost/compress and the zstd command.
package zstdframe
