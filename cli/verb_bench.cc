// crossrank bench: how fast a model is on this machine, and how much of the machine that takes.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>

#include "base/json.h"
#include "cli/arguments.h"
#include "cli/benchmark.h"
#include "cli/length_mix.h"
#include "cli/made_texts.h"
#include "cli/output.h"
#include "cli/progress_bar.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace crossrank {
namespace {

constexpr const char* kExamples = R"(Examples:
  crossrank bench
  crossrank bench -m path/to/model --mix fixed:128 --num-pairs 200 --rounds 9
  crossrank bench -m path/to/model --precision bf16 --threads 1 --format json
  crossrank bench --pairs pairs.jsonl
  crossrank bench --write-pairs pairs.jsonl
The mix "mixed" is that of docs/benchmarks.md: a query of 12 tokens and documents of 10 to 500, log-normal around 80. Texts are
words of the model's own vocabulary, one token each, the same at every call. Timed are rounds over all pairs, from texts to scores,
after one that is not counted; the machine's matrix peak is measured before each. Multiplications are those of the whole
model over real tokens: there is no padding.)";

constexpr int kPairs = 100;
constexpr int kLatencyTokens = 100;
constexpr int64_t kPairsSeed = 20261124, kLatencySeed = 20261125;

struct BenchOptions {
  std::string mix = "mixed";
  std::string pairs;
  std::optional<int> num_pairs;
  int rounds = 5;
  int latency_queries = 50;
  int latency_passages = 10;
  std::optional<int> latency_tokens;

  static constexpr void visit(auto& self, auto&& field) {
    field("mix", self.mix, "lengths of the pairs, in tokens: mixed, fixed:N, uniform:N-M");
    field("pairs", self.pairs, "file of pairs to score instead: .jsonl ({\"query\", \"document\"}), .csv, .tsv or .parquet");
    field("num-pairs", self.num_pairs, "pairs a round (default: 100, or all of the file)");
    field("rounds", self.rounds, "timed rounds; medians are shown");
    field("latency-queries", self.latency_queries, "calls whose latency is measured, each of one query; 0: none");
    field("latency-passages", self.latency_passages, "passages of such a query");
    field("latency-tokens", self.latency_tokens, "tokens of each of its pairs (default: 100, or what the model takes)");
  }
};

struct BenchArguments {
  ModelArguments model;
  BenchOptions bench;
  InputOptions input;
  PredictOptions predict;
  OutputFormat format = OutputFormat::kAuto;
  std::string output, write_pairs;
};

void check(const BenchOptions& options, bool mix_was_named) {
  const auto at_least_one = [](const char* flag, int value) {
    if (value < 1) throw error(ErrorCode::kUsage, "{}: {} is less than 1", flag, value);
  };
  at_least_one("--rounds", options.rounds);
  at_least_one("--num-pairs", options.num_pairs.value_or(1));
  at_least_one("--latency-passages", options.latency_passages);
  if (mix_was_named && !options.pairs.empty()) throw Error(ErrorCode::kUsage, "--mix and --pairs: one of them says what is scored");
  parse_length_mix(options.mix);
}

int longest_pair(const BenchArguments& arguments, const Reranker& reranker) {
  return arguments.predict.max_length > 0 ? arguments.predict.max_length : reranker.info().max_length;
}

// A pair must hold a word of each text and fit the model.
void check_length(const char* flag, int length, int shortest, int longest) {
  if (length < shortest)
    throw error(ErrorCode::kUsage, "{}: a pair of {} tokens has no room for both texts; {} is the shortest", flag, length, shortest);
  if (length > longest)
    throw error(ErrorCode::kUsage, "{}: a pair of {} tokens is longer than the {} that the model is given", flag, length, longest);
}

std::vector<MadePair> make_pairs(const BenchArguments& arguments, const Reranker& reranker) {
  const LengthMix mix = parse_length_mix(arguments.bench.mix);
  const int limit = longest_pair(arguments, reranker);
  MadeTexts texts(reranker, kPairsSeed);
  if (mix.kind == LengthMix::Kind::kUniform) {
    check_length("--mix", mix.shortest, texts.shortest_pair(), limit);
    check_length("--mix", mix.longest, texts.shortest_pair(), limit);
  }
  std::vector<int> lengths = pair_lengths(mix, arguments.bench.num_pairs.value_or(kPairs), texts.special_tokens());
  for (int& length : lengths) length = std::max(std::min(length, limit), texts.shortest_pair());
  return texts.pairs(lengths);
}

std::vector<MadePair> read_pairs(const BenchArguments& arguments) {
  InputOptions input = arguments.input;
  input.file = arguments.bench.pairs;
  ExampleReader reader(input, ExampleKind::kPair);
  const auto most = static_cast<size_t>(arguments.bench.num_pairs.value_or(std::numeric_limits<int>::max()));
  std::vector<MadePair> pairs;
  for (Example example; pairs.size() < most && reader.next(example);)
    pairs.push_back({std::move(*example.query), std::move(example.document)});
  if (pairs.empty()) throw nothing_in(reader.name());
  return pairs;
}

// A query of its own for each call.
std::vector<std::vector<MadePair>> make_requests(const BenchArguments& arguments, const Reranker& reranker, int tokens) {
  MadeTexts texts(reranker, kLatencySeed);
  check_length("--latency-tokens", tokens, texts.shortest_pair(), longest_pair(arguments, reranker));
  const std::vector<int> lengths(static_cast<size_t>(arguments.bench.latency_passages), tokens);
  std::vector<std::vector<MadePair>> requests;
  for (int i = 0; i < arguments.bench.latency_queries; ++i) requests.push_back(texts.pairs(lengths));
  return requests;
}

std::vector<TextPair> views_of(std::span<const MadePair> pairs) {
  std::vector<TextPair> views;
  for (const MadePair& pair : pairs) views.push_back({pair.query, pair.document});
  return views;
}

void write_pairs(std::span<const MadePair> pairs, const std::string& path) {
  Output output(path);
  for (const MadePair& pair : pairs) {
    std::string line = "{\"query\":";
    append_json(line, pair.query);
    line += ",\"document\":";
    append_json(line, pair.document);
    output.write(line + "}\n");
  }
  output.finish();
}

// What is known beside the report.
struct Setting {
  double load_s = 0;
  size_t pairs = 0;
  std::string source;  // the mix, or the file
  int latency_tokens = 0;
};

// What follows from the report.
struct Figures {
  Figures(const BenchmarkReport& report, size_t pairs) {
    std::vector<double> pair_rates, token_rates;
    for (const double seconds : report.round_s) {
      pair_rates.push_back(static_cast<double>(pairs) / seconds);
      token_rates.push_back(static_cast<double>(report.tokens) / seconds);
    }
    pairs_a_second = spread_of(pair_rates);
    tokens_a_second = spread_of(token_rates);
    multiplications_a_pair = report.multiplications / static_cast<double>(pairs);
    operations_a_second = 2 * multiplications_a_pair * pairs_a_second.median;
    share_of_peak = operations_a_second / report.peak;
    share_of_peak_computed = share_of_peak * report.multiplications_computed / report.multiplications;
  }

  Spread pairs_a_second, tokens_a_second;
  double multiplications_a_pair, operations_a_second, share_of_peak, share_of_peak_computed;
};

nlohmann::ordered_json to_json(const Spread& spread) {
  return {{"median", spread.median}, {"min", spread.lowest}, {"max", spread.highest}};
}

nlohmann::ordered_json to_json(const BenchArguments& arguments, const ModelInfo& info, const Setting& setting,
                               const BenchmarkReport& report) {
  const Figures figures(report, setting.pairs);
  nlohmann::ordered_json latency;
  if (report.latency) {
    latency = {{"p50", report.latency->p50_s * 1e3},           {"p90", report.latency->p90_s * 1e3},
               {"p99", report.latency->p99_s * 1e3},           {"queries", arguments.bench.latency_queries},
               {"passages", arguments.bench.latency_passages}, {"tokens", setting.latency_tokens}};
  }
  return {{"model", info.folder},
          {"architecture", info.architecture},
          {"parameters", info.parameters},
          {"precision", info.precision},
          {"precision_reason", info.precision_reason},
          {"instruction_set", info.instruction_set},
          {"threads", info.threads},
          {"load_s", setting.load_s},
          {"source", setting.source},
          {"pairs", setting.pairs},
          {"tokens", report.tokens},
          {"shortest", report.shortest},
          {"longest", report.longest},
          {"rounds", arguments.bench.rounds},
          {"round_s", report.round_s},
          {"pairs_per_s", to_json(figures.pairs_a_second)},
          {"tokens_per_s", to_json(figures.tokens_a_second)},
          {"latency_ms", latency},
          {"multiplications_per_pair", figures.multiplications_a_pair},
          {"gflops", figures.operations_a_second / 1e9},
          {"peak_gflops", report.peak / 1e9},
          {"share_of_peak", figures.share_of_peak},
          {"share_of_peak_computed", figures.share_of_peak_computed},
          {"peak_rss_bytes", report.peak_rss_bytes}};
}

// Four digits, without an exponent.
std::string rate(double value) {
  if (value >= 1000) return fmt::format("{:.0f}", value);
  return fmt::format("{:.{}f}", value, value >= 100 ? 1 : value >= 10 ? 2 : 3);
}

std::string to_table(const BenchArguments& arguments, const ModelInfo& info, const Setting& setting, const BenchmarkReport& report) {
  const Figures figures(report, setting.pairs);
  const auto spread = [&](const Spread& of) {
    return fmt::format("{}  ({} to {} over {} round{})", rate(of.median), rate(of.lowest), rate(of.highest), report.round_s.size(),
                       report.round_s.size() == 1 ? "" : "s");
  };
  std::vector<std::pair<std::string, std::string>> rows = {
      {"model",
       fmt::format("{}: {}, {:.1f} million parameters", info.folder, info.architecture, static_cast<double>(info.parameters) / 1e6)},
      {"runs in", fmt::format("{} on {}, {} thread{} ({})", info.precision, info.instruction_set, info.threads,
                              info.threads == 1 ? "" : "s", info.precision_reason)},
      {"pairs", fmt::format("{} of {} to {} tokens, {} tokens together ({})", setting.pairs, report.shortest, report.longest, report.tokens,
                            setting.source)},
      {"pairs/s", spread(figures.pairs_a_second)},
      {"tokens/s", spread(figures.tokens_a_second)}};
  if (report.latency) {
    const auto& [p50, p90, p99] = *report.latency;
    rows.emplace_back(
        "latency",
        fmt::format("p50 {:.2f} ms, p90 {:.2f} ms, p99 {:.2f} ms  ({} queries, each with {} passages of {} tokens a pair)", p50 * 1e3,
                    p90 * 1e3, p99 * 1e3, arguments.bench.latency_queries, arguments.bench.latency_passages, setting.latency_tokens));
  }
  rows.emplace_back("work", fmt::format("{} million multiplications a pair, {} GFLOP/s", rate(figures.multiplications_a_pair / 1e6),
                                        rate(figures.operations_a_second / 1e9)));
  rows.emplace_back("share of peak",
                    fmt::format("{:.1f}% of {} GFLOP/s  ({:.1f}% without the rows of the last layer that are left out)",
                                figures.share_of_peak * 100, rate(report.peak / 1e9), figures.share_of_peak_computed * 100));
  rows.emplace_back("peak memory", fmt::format("{:.1f} MiB", static_cast<double>(report.peak_rss_bytes) / (1 << 20)));
  rows.emplace_back("load time", fmt::format("{:.3f} s", setting.load_s));
  std::string out;
  for (const auto& [name, value] : rows) out += fmt::format("{:<13}  {}\n", name, one_line(value, 1000));
  return out;
}

void run(BenchArguments arguments, bool mix_was_named) {
  check(arguments.bench, mix_was_named);
  const bool only_writes = !arguments.write_pairs.empty();
  arguments.model.load_options.describe_only = only_writes;
  const auto start = std::chrono::steady_clock::now();
  const Reranker reranker = arguments.model.load();
  Setting setting;
  setting.load_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  setting.source = arguments.bench.pairs.empty() ? arguments.bench.mix : arguments.bench.pairs;

  const std::vector<MadePair> pairs = arguments.bench.pairs.empty() ? make_pairs(arguments, reranker) : read_pairs(arguments);
  if (only_writes) return write_pairs(pairs, arguments.write_pairs);
  setting.pairs = pairs.size();
  setting.latency_tokens = arguments.bench.latency_tokens.value_or(std::min(kLatencyTokens, longest_pair(arguments, reranker)));
  std::vector<std::vector<MadePair>> requests;
  if (arguments.bench.latency_queries > 0) requests = make_requests(arguments, reranker, setting.latency_tokens);

  const std::vector<TextPair> views = views_of(pairs);
  BenchmarkWork work;
  work.pairs = views;
  work.rounds = arguments.bench.rounds;
  work.options = arguments.predict;
  for (const auto& request : requests) work.requests.push_back(views_of(request));
  Output output(arguments.output);
  const BenchmarkReport report = [&] {
    ProgressBar bar(arguments.model.quiet);
    return run_benchmark(reranker, work, bar);
  }();

  const OutputFormat format = settle_format(arguments.format, arguments.output);
  if (format == OutputFormat::kTable) {
    output.write(to_table(arguments, reranker.info(), setting, report));
  } else {
    const int indent = format == OutputFormat::kJson ? 2 : -1;
    output.write(to_json(arguments, reranker.info(), setting, report).dump(indent, ' ', false, Json::error_handler_t::replace) + "\n");
  }
  output.finish();
}

}  // namespace

RunVerb add_bench(Command command) {
  auto arguments = std::make_shared<BenchArguments>();
  command.description("Measures how fast a model is here: pairs and tokens a second, latency, share of the machine's matrix peak.");
  command.footer(kExamples);
  add_flags(command, arguments->bench);
  add_flags(command, arguments->input);
  add_flag(command, "--query-field", arguments->input.query_field, "field or column with the query of a pair (default: query)");
  command.add_text("--write-pairs", arguments->write_pairs, "write the pairs to FILE as JSON Lines for other programs, and measure nothing")
      .value_name("FILE");
  add_flags(command, arguments->predict);
  add_format_flag(command, arguments->format);
  add_output_flag(command, arguments->output);
  arguments->model.add_to(command);
  const Flag mix = command.flag("--mix");
  return [arguments, mix] { run(*arguments, mix.given()); };
}

}  // namespace crossrank
