// tokenize_lines TOKENIZER.json: ids of the texts on standard input, for tools/compare_tokenizers.py.
//
// A line in is a JSON string, or {"text", "pair"?, "max_length"?, "truncation"?}; a line out is {"ids", "type_ids", "truncated"}, or
// {"error"}. A string gets its ids without special tokens.
#include <fmt/format.h>

#include <iostream>
#include <string>

#include "base/json.h"
#include "text/pair_encoder.h"
#include "text/tokenizer.h"

namespace crossrank {
namespace {

Truncation parse_truncation(const std::string& name) {
  return name == "only_second" ? Truncation::kDocument : name == "none" ? Truncation::kNone : Truncation::kLongestFirst;
}

Json encode_line(const std::shared_ptr<const Tokenizer>& tokenizer, const std::string& line) {
  const Json value = parse_json_data(line, "line");
  if (value.is_string()) {
    std::vector<int32_t> ids;
    tokenizer->encode(value.get_ref<const std::string&>(), ids);
    return {{"ids", ids}};
  }
  const JsonObject request(value, "line", ErrorCode::kInput);
  const int max_length = static_cast<int>(request.integer("max_length", 0, INT32_MAX, INT32_MAX));
  const PairEncoder encoder(tokenizer, max_length, parse_truncation(request.string("truncation", "longest_first")));
  const std::string text = request.string("text");
  const Encoding encoding = request.has("pair") ? encoder.encode(TextPair{text, request.string("pair")}) : encoder.encode(text);
  return {{"ids", encoding.ids}, {"type_ids", encoding.type_ids}, {"truncated", encoding.truncated}};
}

int run(const std::string& path) {
  const std::shared_ptr<const Tokenizer> tokenizer = Tokenizer::from_file(path);
  std::string line;
  while (std::getline(std::cin, line)) {
    Json answer;
    try {
      answer = encode_line(tokenizer, line);
    } catch (const Error& problem) {
      answer = {{"error", problem.what()}};
    }
    std::cout << answer.dump() << '\n';
  }
  return 0;
}

}  // namespace
}  // namespace crossrank

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: tokenize_lines TOKENIZER.json < LINES\n";
    return 2;
  }
  try {
    return crossrank::run(argv[1]);
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
