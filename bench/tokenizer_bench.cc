// Text to ids: real texts (a JSON Lines file of strings) and texts that would be slow if time were not linear in length.
//
//   tokenizer_bench TOKENIZER.json [TEXTS.jsonl] [--benchmark_...]
//
// bench/run_tokenizers.py runs it beside the reference library on the same texts.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <fstream>
#include <iostream>

#include "base/json.h"
#include "text/tokenizer.h"

namespace crossrank {
namespace {

std::vector<std::string> read_texts(const std::string& path) {
  std::vector<std::string> texts;
  std::ifstream lines(path);
  if (!lines) throw Error(ErrorCode::kIo, path + ": cannot be read");
  for (std::string line; std::getline(lines, line);) texts.push_back(parse_json_data(line, path).get<std::string>());
  return texts;
}

void encode_texts(benchmark::State& state, const std::shared_ptr<const Tokenizer>& tokenizer, const std::vector<std::string>& texts) {
  size_t bytes = 0, tokens = 0;
  for (const std::string& text : texts) bytes += text.size();
  for (auto _ : state) {
    tokens = 0;
    for (const std::string& text : texts) {
      std::vector<int32_t> ids;
      tokenizer->encode(text, ids);
      tokens += ids.size();
      benchmark::DoNotOptimize(ids.data());
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(bytes) * static_cast<int64_t>(state.iterations()));
  state.counters["tokens"] = static_cast<double>(tokens);
}

std::string repeated(std::string_view part, size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += part;
  return text;
}

// Each at three lengths, ten times apart: bytes per second must not fall.
void register_hostile(const std::shared_ptr<const Tokenizer>& tokenizer) {
  const std::pair<const char*, const char*> kinds[] = {
      {"one_word", "abcdefghij"},   {"one_letter", "a"}, {"spaces", " "},          {"newlines", "\n"},
      {"apostrophes", "'"},         {"marks", "\u0301"}, {"digits", "1234567890"}, {"chinese", "河流在群山之间流淌"},
      {"special_tokens", "[MASK] "}};
  for (const auto& [name, part] : kinds) {
    for (const size_t bytes : {size_t{10'000}, size_t{100'000}, size_t{1'000'000}}) {
      const std::vector<std::string> texts = {repeated(part, bytes)};
      benchmark::RegisterBenchmark(fmt::format("hostile/{}/{}", name, bytes).c_str(), [=](benchmark::State& state) {
        encode_texts(state, tokenizer, texts);
      })->Unit(benchmark::kMillisecond);
    }
  }
}

int run(int argc, char** argv) {
  const std::string path = argv[1];
  const auto tokenizer = Tokenizer::from_file(path);
  if (argc > 2) {
    const std::vector<std::string> texts = read_texts(argv[2]);
    benchmark::RegisterBenchmark("texts", [=](benchmark::State& state) {
      encode_texts(state, tokenizer, texts);
    })->Unit(benchmark::kMillisecond);
  }
  register_hostile(tokenizer);
  benchmark::RegisterBenchmark("load", [=](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(Tokenizer::from_file(path));
  })->Unit(benchmark::kMillisecond);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace crossrank

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc < 2 || argc > 3) {
    std::cerr << "usage: tokenizer_bench TOKENIZER.json [TEXTS.jsonl] [--benchmark_...]\n";
    return 2;
  }
  try {
    return crossrank::run(argc, argv);
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
