// shared_data_check SHARED: ids of every text of SHARED/data, for ModernBERT's tokenizer in both its forms and MiniLM's, against the
// counts and hashes of the reference in tests/goldens/tokenizers/shared_data.jsonl. Runs in the source folder.
#include <cstdio>
#include <iostream>
#include <map>

#include "text/golden_files.h"
#include "text/tokenizer.h"

namespace crossrank {
namespace {

// The bytes of a .gz file, by the system's gzip.
std::string unzipped(const std::string& path) {
  const std::string command = "gzip -dc '" + path + "'";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw Error(ErrorCode::kIo, "cannot run " + command);
  std::string text;
  char buffer[1 << 16];
  for (size_t count = 0; (count = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, count);
  if (::pclose(pipe) != 0) throw Error(ErrorCode::kIo, command + " failed");
  return text;
}

struct Totals {
  size_t texts = 0;
  size_t tokens = 0;
  uint64_t hash = goldens::kHashStart;
};

// All strings of a JSON value, in the order of tools/make_tokenizer_goldens.py.
void add_strings(const Json& value, const Tokenizer& tokenizer, Totals& totals) {
  if (value.is_string()) {
    std::vector<int32_t> ids;
    tokenizer.encode(value.get_ref<const std::string&>(), ids);
    totals.texts += 1;
    totals.tokens += ids.size();
    totals.hash = goldens::hash_ids(ids, totals.hash);
  } else if (value.is_structured()) {
    for (const Json& item : value) add_strings(item, tokenizer, totals);
  }
}

Totals totals_of(const std::string& path, const Tokenizer& tokenizer) {
  const std::string text = unzipped(path);
  Totals totals;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    add_strings(parse_json_data(std::string_view(text).substr(begin, end - begin), path), tokenizer, totals);
    begin = end + 1;
  }
  return totals;
}

int run(const std::string& shared) {
  std::map<std::string, std::vector<std::shared_ptr<const Tokenizer>>> tokenizers;
  for (const char* form : {"tokenizer.json", "tokenizer.list-merges.json"}) {
    tokenizers["modernbert"].push_back(Tokenizer::from_file(shared + "/assets/modernbert-tokenizer/" + form));
  }
  tokenizers["minilm"].push_back(Tokenizer::from_file("models/crossrank-minilm-l6-v1/tokenizer.json"));
  int different = 0, compared = 0;
  for (const Json& golden : goldens::lines("shared_data.jsonl")) {
    const std::string file = golden.at("file").get<std::string>();
    for (const auto& tokenizer : tokenizers.at(golden.at("tokenizer").get<std::string>())) {
      const Totals totals = totals_of(shared + "/data/" + file, *tokenizer);
      const bool same = totals.texts == golden.at("texts") && totals.tokens == golden.at("tokens") &&
                        fmt::format("{:016x}", totals.hash) == golden.at("hash");
      if (!same) std::cout << fmt::format("{}: {} texts, {} tokens, expected {}\n", file, totals.texts, totals.tokens, golden.dump());
      different += same ? 0 : 1;
      ++compared;
    }
  }
  std::cout << fmt::format("{} of {} files differ\n", different, compared);
  return different == 0 && compared > 0 ? 0 : 1;
}

}  // namespace
}  // namespace crossrank

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: shared_data_check SHARED\n";
    return 2;
  }
  try {
    return crossrank::run(argv[1]);
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
