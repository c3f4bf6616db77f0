// crossrank mine: hard negatives for pairs of queries and their answers.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "cli/arguments.h"
#include "cli/progress_bar.h"
#include "cli/verbs.h"
#include "mining/mining_run.h"

namespace crossrank {
namespace {

constexpr const char* kExamples = R"(Examples:
  crossrank mine --embedder sentence-transformers/all-MiniLM-L6-v2 --data pairs.jsonl --output triplets.jsonl
  crossrank mine --embedder bm25 --data faq.csv --num-negatives 5 --output-format labeled-pair
  crossrank mine --embedder ./static --data pairs.parquet --range-min 10 --range-max 100 --relative-margin 0.05
      --sampling-strategy random --cache-folder embeddings --output mined.parquet
  crossrank mine --embedder ./minilm --data dev.jsonl --include-positives --num-negatives 30 > evaluation.jsonl
A line of pairs.jsonl: {"question": "how tall is K2?", "answer": "8,611 metres."}
What was kept and skipped, and why, is printed to standard error. docs/mining.md explains every option.)";

struct MineArguments {
  MiningRun run;
  DatasetOptions data;
  MiningOptions mining;
  LoadOptions load;
  EmbedderOptions embedding;
  PredictOptions predict;
  bool quiet = false;
  bool skip_bad_lines = false;
  // The reference's options that change nothing here.
  bool faiss = false, use_faiss = false;
  int batch_size = 0;
};

void run(const MineArguments& arguments) {
  if (arguments.data.path.empty())
    throw Error(ErrorCode::kUsage, "--data is missing: name the data set with the pairs; --help shows examples");
  if (arguments.data.path == "-" && ::isatty(STDIN_FILENO) != 0) {
    throw Error(ErrorCode::kUsage, "no input: name the pairs by --data FILE, or pipe them in; --help shows examples");
  }
  std::optional<ProgressBar> bar;
  MiningEvents events;
  events.stage = [&](std::string_view stage, std::string_view unit) {
    bar.reset();
    bar.emplace(arguments.quiet, unit, stage);
    return bar->part(0, 1);
  };
  events.say = [&](const std::string& sentence) {
    bar.reset();
    if (!arguments.quiet) fmt::print(stderr, "{}\n", sentence);
  };
  OnBadRow on_bad_row;
  if (arguments.skip_bad_lines) {
    on_bad_row = [](const Error& problem) { fmt::print(stderr, "crossrank: skipped {}\n", problem.what()); };
  }
  const MiningReport report =
      run_mining(arguments.run, arguments.data, arguments.mining,
                 {.load = arguments.load, .embedding = arguments.embedding, .predict = arguments.predict}, events, on_bad_row);
  bar.reset();
  if (!arguments.quiet) fmt::print(stderr, "{}", report.text());
}

}  // namespace

RunVerb add_mine(Command command) {
  auto arguments = std::make_shared<MineArguments>();
  command.description(
      "Mines hard negatives: for each query, texts that score high and are no answers of it. The rows are those of Sentence "
      "Transformers' mine_hard_negatives.");
  command.footer(kExamples);
  add_flags(command, arguments->run);
  add_output_flag(command, arguments->run.output);
  add_flags(command, arguments->data);
  add_flag(command, "--input-format", arguments->data.format, "auto, jsonl, csv, tsv, parquet; auto goes by the file's name");
  command.add_switch("--skip-bad-lines", arguments->skip_bad_lines, "report bad rows and go on, instead of ending at the first");
  add_flags(command, arguments->mining);
  add_flags(command, arguments->load);
  add_flags(command, arguments->embedding);
  // The cross-encoder's, beside the embedder's of the same names.
  PredictOptions::visit(arguments->predict, [command](std::string_view name, auto& value, std::string_view help) {
    add_flag(command, fmt::format("--cross-encoder-{}", name), value, fmt::format("of the cross-encoder: {}", help));
  });
  command.add_switch("--faiss", arguments->faiss, "candidates are always searched by FAISS");
  command.add_switch("--use-faiss", arguments->use_faiss, "the same");
  add_flag(command, "--batch-size", arguments->batch_size, "without effect: texts are packed by their tokens");
  command.add_switch("--quiet", arguments->quiet, "no progress bar, no table");
  return [arguments] { run(*arguments); };
}

}  // namespace crossrank
