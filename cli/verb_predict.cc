// crossrank predict: a score for each pair, in the order of the input.
#include <fmt/format.h>

#include <iterator>
#include <memory>

#include "cli/arguments.h"
#include "cli/fitting_reader.h"
#include "cli/output.h"
#include "cli/progress_bar.h"
#include "cli/verbs.h"

namespace crossrank {
namespace {

constexpr const char* kExamples = R"(Examples:
  crossrank predict pairs.jsonl
  crossrank predict --output scores.jsonl pairs.csv
  crossrank predict --activation identity - < pairs.jsonl
  crossrank predict --query-field question --text-field answer faq.tsv
A line of pairs.jsonl: {"query": "how tall is K2?", "document": "8,611 metres."})";

struct PredictArguments {
  ModelArguments model;
  InputArguments input;
  PredictOptions options;
  std::string output;
};

// {"score":..,"logit":..}, or {"scores":[..],"logits":[..]} of a model with several labels.
std::string scores_line(const LabelScores& scores, size_t pair) {
  const auto labels = static_cast<size_t>(scores.num_labels);
  const std::span values(scores.values.data() + pair * labels, labels);
  const std::span logits(scores.logits.data() + pair * labels, labels);
  std::string out;
  if (labels == 1) {
    out += "{\"score\":";
    append_json(out, values[0]);
    out += ",\"logit\":";
    append_json(out, logits[0]);
  } else {
    out += "{\"scores\":";
    append_json_list(out, values);
    out += ",\"logits\":";
    append_json_list(out, logits);
  }
  if (scores.truncated[pair] > 0) fmt::format_to(std::back_inserter(out), ",\"truncated\":{}", scores.truncated[pair]);
  return out + "}\n";
}

bool read_chunk(const PredictArguments& arguments, FittingExamples& reader, std::vector<Example>& chunk) {
  chunk.clear();
  size_t bytes = 0;
  Example example;
  while (bytes < chunk_bytes(arguments.options) && arguments.input.next(reader, example)) {
    bytes += example.query->size() + example.document.size() + sizeof(Example);
    chunk.push_back(std::move(example));
  }
  return !chunk.empty();
}

void run(const PredictArguments& arguments) {
  arguments.input.require_input();
  ExampleReader reader(arguments.input.options, ExampleKind::kPair);
  const Reranker reranker = arguments.model.load();
  Output output(arguments.output);

  FittingExamples fitting{reader, reranker, arguments.options};
  ProgressBar bar(arguments.model.quiet);
  std::vector<Example> chunk;
  double from = reader.fraction_read();
  bool empty = true;
  while (read_chunk(arguments, fitting, chunk)) {
    std::vector<TextPair> pairs;
    pairs.reserve(chunk.size());
    for (const Example& example : chunk) pairs.push_back({*example.query, example.document});
    const LabelScores scores = reranker.predict_labels(pairs, arguments.options, bar.part(from, reader.fraction_read()));
    from = reader.fraction_read();
    for (size_t i = 0; i < pairs.size(); ++i) output.write(scores_line(scores, i));
    output.flush();
    empty = false;
  }
  if (empty) throw nothing_in(reader.name());
  output.finish();
}

}  // namespace

RunVerb add_predict(Command command) {
  auto arguments = std::make_shared<PredictArguments>();
  command.description("Scores pairs of a query and a document: one JSON line a pair, in the order of the input.");
  command.footer(kExamples);
  arguments->input.add_to(command, "pairs: .jsonl ({\"query\", \"document\"}), .csv, .tsv or .parquet (two columns); also .gz, .zst",
                          ExampleKind::kPair);
  add_flags(command, arguments->options);
  add_output_flag(command, arguments->output);
  arguments->model.add_to(command);
  return [arguments] { run(*arguments); };
}

}  // namespace crossrank
