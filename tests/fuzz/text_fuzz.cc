// Any bytes as texts, through a tokenizer of every kind and through truncation. The first byte picks the tokenizer, the second the
// length. Runs in the source folder, where the goldens are.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crossrank/error.h"
#include "text/pair_encoder.h"
#include "text/tokenizer.h"

namespace {

using crossrank::Tokenizer;

std::vector<std::shared_ptr<const Tokenizer>> load_tokenizers() {
  std::vector<std::shared_ptr<const Tokenizer>> tokenizers;
  for (const char* name : {"modernbert_pair_merges",
                           "roberta",
                           "ignore_merges",
                           "byte_level_spelled",
                           "gpt2_split",
                           "bpe_unknown",
                           "bpe_fused_unknown",
                           "bpe_affixes",
                           "bpe_whole_text",
                           "wordpiece_bert",
                           "wordpiece_cased",
                           "wordpiece_parts",
                           "unigram_xlm_roberta",
                           "unigram_deberta_v2_punct",
                           "unigram_byte_fallback_first",
                           "unigram_never",
                           "unigram_no_pre_tokenizer",
                           "bpe_byte_fallback_in_part",
                           "word_level",
                           "split_contiguous",
                           "split_merged_with_next",
                           "split_merged_with_previous",
                           "split_removed"}) {
    tokenizers.push_back(Tokenizer::from_file(std::string("tests/goldens/tokenizers/") + name + ".json"));
  }
  return tokenizers;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<std::shared_ptr<const Tokenizer>> tokenizers = load_tokenizers();
  if (size < 3) return 0;
  const auto& tokenizer = tokenizers[data[0] % tokenizers.size()];
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const crossrank::TextPair pair = {text.substr(0, text.size() / 3), text.substr(text.size() / 3)};
  const int max_length = tokenizer->num_special_tokens(true) + data[1];
  const crossrank::Encoding encoding = crossrank::PairEncoder(tokenizer, max_length, crossrank::Truncation::kLongestFirst).encode(pair);
  const crossrank::Encoding whole = crossrank::PairEncoder(tokenizer, INT32_MAX, crossrank::Truncation::kLongestFirst).encode(pair);
  if (encoding.length() > max_length || encoding.length() + encoding.truncated != whole.length()) std::abort();
  if (encoding.ids.size() != encoding.type_ids.size()) std::abort();
  for (const int32_t id : encoding.ids) {
    if (id < 0 || id >= tokenizer->vocab_size()) std::abort();
  }
  return 0;
}
