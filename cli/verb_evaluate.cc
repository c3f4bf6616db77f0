// crossrank evaluate TASK: how well a model ranks, classifies or correlates, with the reference's numbers, names and files.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <memory>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/progress_bar.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "eval/beir.h"
#include "eval/classification.h"
#include "eval/correlation.h"
#include "eval/nano_beir.h"
#include "eval/reranking.h"
#include "eval/results_file.h"

namespace crossrank {
namespace {

constexpr const char* kExamples = R"(Examples:
  crossrank evaluate reranking --data dev.jsonl --name gooaq-dev
  crossrank evaluate nano-beir --dataset-names msmarco,nfcorpus,nq
  crossrank evaluate beir scifact/
  crossrank evaluate reranking --help)";

constexpr const char* kRerankingExamples = R"(Examples:
  crossrank evaluate reranking --data dev.jsonl
  crossrank evaluate reranking -m my-model --data dev.jsonl.gz --name gooaq-dev --output results
  crossrank evaluate reranking --data candidates.parquet --query-field question --always-rerank-positives=false
A line of dev.jsonl: {"query": "how tall is K2?", "positive": ["8,611 metres."], "negative": ["It is a mountain."]},
or with "documents", a first stage's ranked list, instead of "negative": its order is measured too.)";

constexpr const char* kNanoBeirExamples = R"(Examples:
  crossrank evaluate nano-beir
  crossrank evaluate nano-beir --dataset-names msmarco,nfcorpus,nq --output results
  crossrank evaluate nano-beir --dataset-id Serbian-AI-Society/NanoBEIR-sr --dataset-names msmarco,nq)";

constexpr const char* kClassificationExamples = R"(Examples:
  crossrank evaluate classification --data pairs.jsonl --name quora-dev
  crossrank evaluate classification -m nli-model --data all-nli.csv --text1-field premise --text2-field hypothesis
A line of pairs.jsonl: {"sentence1": "A plane takes off.", "sentence2": "An airplane starts.", "label": 1})";

constexpr const char* kCorrelationExamples = R"(Examples:
  crossrank evaluate correlation --data sts.jsonl --name sts-dev
  crossrank evaluate correlation --data sentence-transformers/stsb --split validation
A line of sts.jsonl: {"sentence1": "A plane takes off.", "sentence2": "An airplane starts.", "score": 0.95})";

constexpr const char* kBeirExamples = R"(Examples:
  crossrank evaluate beir scifact/
  crossrank evaluate beir -k 50 --format json --output results trec-covid/
The folder holds corpus.jsonl, queries.jsonl and qrels/test.tsv (or .gz, .zst).)";

// What all tasks are told.
struct TaskArguments {
  ModelArguments model;
  PredictOptions predict;
  std::string output;
  OutputFormat format = OutputFormat::kAuto;

  void add_to(Command command) {
    command.add_text("--output", output, "folder for the CSV file with the results, to which a row is added").value_name("FOLDER");
    add_flag(command, "--format", format, "table, json; auto is a table on a terminal and JSON elsewhere");
    add_flags(command, predict);
    model.add_to(command);
  }
};

// {"NAME_map":0.6235,..}, with all digits; null where a metric is not defined.
std::string json_line(const EvaluationResult& result) {
  std::string line = "{";
  for (const Metric& metric : result.metrics) {
    if (line.size() > 1) line += ',';
    append_json(line, metric.name);
    line += ':';
    line += std::isfinite(metric.value) ? python_number(metric.value) : "null";
  }
  return line + "}\n";
}

std::string tables(const EvaluationResult& result) {
  const int width = terminal_width();
  std::string text;
  for (const Report& report : result.reports) {
    if (!text.empty()) text += '\n';
    if (!report.title.empty()) text += one_line(report.title, width) + "\n";
    text += report.summary + "\n" + table(report.header, report.rows, width);
  }
  return text;
}

void run(const TaskArguments& arguments, const Evaluator& evaluator) {
  const Reranker reranker = arguments.model.load();
  EvaluationResult result;
  {
    ProgressBar bar(arguments.model.quiet);
    result = evaluator.evaluate(scorer_of(reranker, arguments.predict), {.output = arguments.output, .progress = bar.part(0, 1)});
  }
  if (!arguments.model.quiet) {
    for (const std::string& note : result.notes) fmt::print(stderr, "crossrank: note: {}\n", note);
  }
  print(settle_format(arguments.format, "") == OutputFormat::kTable ? tables(result) : json_line(result));
}

// Flags of a data set that must be named.
void add_data_flags(Command command, DatasetOptions& options) {
  add_flags(command, options);
  command.flag("--data").required();
}

RunVerb add_reranking(Command command) {
  struct Arguments {
    TaskArguments task;
    DatasetOptions data;
    RerankingFields fields;
    RerankingOptions options;
  };
  auto arguments = std::make_shared<Arguments>();
  command.description("Ranks each query's candidates: MAP, MRR@k and nDCG@k, beside those of the order given.");
  command.footer(kRerankingExamples);
  add_data_flags(command, arguments->data);
  add_flags(command, arguments->fields);
  add_flags(command, arguments->options);
  arguments->task.add_to(command);
  return [arguments] {
    const auto reader = DatasetReader::open(arguments->data);
    run(arguments->task, RerankingEvaluator(read_reranking_samples(*reader, arguments->fields), arguments->options));
  };
}

RunVerb add_nano_beir(Command command) {
  struct Arguments {
    TaskArguments task;
    NanoBeirOptions options;
  };
  auto arguments = std::make_shared<Arguments>();
  command.description("Ranks BM25's best of the small NanoBEIR sets, each alone and in the mean.");
  command.footer(kNanoBeirExamples);
  add_flags(command, arguments->options);
  arguments->task.add_to(command);
  return [arguments] { run(arguments->task, NanoBeirEvaluator(arguments->options)); };
}

// Classification and correlation differ in nothing but the evaluator.
template <typename PairsEvaluator>
RunVerb add_pairs_task(Command command) {
  struct Arguments {
    TaskArguments task;
    DatasetOptions data;
    LabeledPairFields fields;
    std::string name;
  };
  auto arguments = std::make_shared<Arguments>();
  add_data_flags(command, arguments->data);
  add_flags(command, arguments->fields);
  add_flag(command, "--name", arguments->name, "stands before each metric and in the CSV file's name");
  arguments->task.add_to(command);
  return [arguments] {
    const auto reader = DatasetReader::open(arguments->data);
    run(arguments->task, PairsEvaluator(read_labeled_pairs(*reader, arguments->fields), arguments->name));
  };
}

RunVerb add_classification(Command command) {
  command.description(
      "Classifies pairs: accuracy, F1, precision, recall and average precision, or averages of F1 of a model with several labels.");
  command.footer(kClassificationExamples);
  return add_pairs_task<ClassificationEvaluator>(command);
}

RunVerb add_correlation(Command command) {
  command.description("Correlates scores with gold scores: Pearson and Spearman.");
  command.footer(kCorrelationExamples);
  return add_pairs_task<CorrelationEvaluator>(command);
}

RunVerb add_beir(Command command) {
  struct Arguments {
    TaskArguments task;
    std::string folder, split = "test";
    BeirOptions options;
  };
  auto arguments = std::make_shared<Arguments>();
  command.description("Ranks BM25's best documents of each query of a BEIR folder: nDCG, MAP, MRR and recall, beside BM25's own.");
  command.footer(kBeirExamples);
  command.add_text("FOLDER", arguments->folder, "folder in BEIR's layout").required().value_name("");
  add_flag(command, "-k,--rerank-k", arguments->options.rerank_k, "BM25's best that are ranked again");
  add_flag(command, "--split", arguments->split, "whose judgements: qrels/SPLIT.tsv");
  add_flags(command, arguments->options);
  arguments->task.add_to(command);
  return [arguments] { run(arguments->task, BeirEvaluator(read_beir(arguments->folder, arguments->split), arguments->options)); };
}

struct Task {
  const char* name;
  RunVerb (*add)(Command command);
};

constexpr Task kTasks[] = {{"reranking", add_reranking},
                           {"nano-beir", add_nano_beir},
                           {"classification", add_classification},
                           {"correlation", add_correlation},
                           {"beir", add_beir}};

}  // namespace

RunVerb add_evaluate(Command command) {
  command.description("Measures a model on a task, with the numbers, names and files of Sentence Transformers' evaluators.");
  command.footer(kExamples);
  std::map<std::string, RunVerb> runs;
  for (const Task& task : kTasks) runs[task.name] = task.add(command.add_command(task.name, "Tasks", "TASK"));
  return [command, runs] {
    const auto run_task = runs.find(command.chosen());
    if (run_task == runs.end()) {
      throw Error(ErrorCode::kUsage, "evaluate: name a task: reranking, nano-beir, classification, correlation, beir");
    }
    run_task->second();
  };
}

}  // namespace crossrank
