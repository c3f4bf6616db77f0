#include "eval/nano_beir.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "base/nearest_name.h"
#include "eval/metrics.h"
#include "eval/results_file.h"

namespace crossrank {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::vector<std::string> names_in(const std::string& list) {
  std::vector<std::string> names;
  if (list.empty()) {
    for (const NanoBeirSet& set : kNanoBeirSets) {
      // Finding counterarguments is another task than finding answers, so the reference leaves these two out unless they are named.
      if (set.short_name != "arguana" && set.short_name != "touche2020") names.emplace_back(set.short_name);
    }
    return names;
  }
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    names.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

const NanoBeirSet& set_called(const std::string& name) {
  std::vector<std::string_view> known;
  for (const NanoBeirSet& set : kNanoBeirSets) {
    if (set.short_name == lower(name)) return set;
    known.push_back(set.short_name);
  }
  throw error(ErrorCode::kUsage, "dataset-names: \"{}\" is none of {}; nearest: {}", name, fmt::join(known, ", "),
              nearest_name(lower(name), known));
}

// One configuration of one set, and the places of the two columns that it is read for.
struct Table {
  std::unique_ptr<DatasetReader> reader;
  size_t first, second;
  std::string first_name, second_name;

  Table(const NanoBeirOptions& options, const std::string& config, const std::string& split, std::string a, std::string b)
      : reader(DatasetReader::open({.path = options.dataset_id, .config = config, .split = split, .revision = options.revision})),
        first(find_column(reader->columns(), a, reader->name())),
        second(find_column(reader->columns(), b, reader->name())),
        first_name(std::move(a)),
        second_name(std::move(b)) {}
};

using Texts = std::unordered_map<std::string, std::string>;

// Texts by their ids; of an id that comes twice the last.
Texts texts_by_id(const NanoBeirOptions& options, const std::string& config, const std::string& split) {
  Table table(options, config, split, "_id", "text");
  Texts texts;
  DatasetRow row;
  while (table.reader->next(row)) texts[text_value(row, table.first, "_id")] = text_value(row, table.second, "text");
  return texts;
}

// The ids that were judged relevant to each query, each once, in the order of the judgements.
std::unordered_map<std::string, std::vector<std::string>> relevant_ids(const NanoBeirOptions& options, const std::string& split) {
  Table table(options, "qrels", split, "query-id", "corpus-id");
  std::unordered_map<std::string, std::vector<std::string>> relevant;
  DatasetRow row;
  while (table.reader->next(row)) {
    std::vector<std::string>& ids = relevant[text_value(row, table.first, "query-id")];
    for (std::string& id : text_list(row, table.second, "corpus-id")) {
      if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(std::move(id));
    }
  }
  return relevant;
}

const std::string& text_of(const Texts& texts, const std::string& id, const std::string& where, std::string_view what) {
  const auto found = texts.find(id);
  if (found != texts.end()) return found->second;
  throw error(ErrorCode::kInput, "{}: the {} has no id \"{}\"; are its configurations of one version?", where, what, id);
}

std::vector<RerankingSample> read_set(const NanoBeirOptions& options, const std::string& split) {
  const Texts corpus = texts_by_id(options, "corpus", split);
  const Texts queries = texts_by_id(options, "queries", split);
  const auto relevant = relevant_ids(options, split);
  Table table(options, "bm25", split, "query-id", "corpus-ids");
  std::vector<RerankingSample> samples;
  DatasetRow row;
  while (table.reader->next(row)) {
    const std::string& id = text_value(row, table.first, "query-id");
    RerankingSample sample{row.where, text_of(queries, id, row.where, "configuration queries"), {}, {}, std::vector<std::string>()};
    const auto judged = relevant.find(id);
    if (judged == relevant.end()) {
      throw error(ErrorCode::kInput, "{}: nothing is judged relevant to the query \"{}\"; the configuration qrels must name it", row.where,
                  id);
    }
    for (const std::string& document : judged->second)
      sample.positive.push_back(text_of(corpus, document, row.where, "configuration corpus"));
    for (const std::string& document : text_list(row, table.second, "corpus-ids")) {
      if (sample.documents->size() == static_cast<size_t>(options.rerank_k)) break;
      sample.documents->push_back(text_of(corpus, document, row.where, "configuration corpus"));
    }
    if (sample.documents->empty())
      throw error(ErrorCode::kInput, "{}: field corpus-ids: an empty list; BM25's best are what is ranked", row.where);
    samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace

NanoBeirEvaluator::NanoBeirEvaluator(const NanoBeirOptions& options)
    : options_(options), name_(fmt::format("NanoBEIR_R{}_mean", options.rerank_k)), dataset_names_(names_in(options.dataset_names)) {
  if (options_.rerank_k < 1) throw error(ErrorCode::kUsage, "rerank-k: {} is less than 1", options_.rerank_k);
  if (options_.at_k < 1) throw error(ErrorCode::kUsage, "at-k: {} is less than 1", options_.at_k);
  std::unordered_set<std::string_view> seen;
  for (const std::string& name : dataset_names_) {  // all, before the first is fetched
    if (!seen.insert(set_called(name).short_name).second) throw error(ErrorCode::kUsage, "dataset-names: {} is named twice", name);
  }
  for (const std::string& name : dataset_names_) {
    const std::string split = "Nano" + std::string(set_called(name).human_name);
    sets_.emplace_back(read_set(options_, split), RerankingOptions{.at_k = options_.at_k,
                                                                   .always_rerank_positives = options_.always_rerank_positives,
                                                                   .name = fmt::format("{}_R{}", split, options_.rerank_k)});
  }
}

Json NanoBeirEvaluator::config() const {
  return {{"dataset_names", dataset_names_},
          {"dataset_id", options_.dataset_id},
          {"rerank_k", options_.rerank_k},
          {"at_k", options_.at_k},
          {"always_rerank_positives", options_.always_rerank_positives}};
}

int64_t NanoBeirEvaluator::num_pairs() const {
  int64_t pairs = 0;
  for (const RerankingEvaluator& set : sets_) pairs += set.num_pairs();
  return pairs;
}

std::vector<std::string> NanoBeirEvaluator::metric_names(int num_labels) const {
  std::vector<std::string> names;
  for (const RerankingEvaluator& set : sets_) {
    for (std::string& name : set.metric_names(num_labels)) names.push_back(std::move(name));
  }
  for (std::string& name : names_with_base(name_, ranking_metrics(options_.at_k), true)) names.push_back(std::move(name));
  return names;
}

EvaluationResult NanoBeirEvaluator::evaluate(const PairScorer& scorer, const EvaluationRun& run) const {
  EvaluationResult result;
  std::vector<std::vector<double>> values;  // [metrics of a set][sets]
  const int64_t total = num_pairs();
  int64_t before = 0;
  for (const RerankingEvaluator& set : sets_) {
    EvaluationRun set_run = run;
    if (run.progress) set_run.progress = [&run, before, total](int64_t done, int64_t) { run.progress(before + done, total); };
    EvaluationResult of_set = set.evaluate(scorer, set_run);
    before += set.num_pairs();
    values.resize(of_set.metrics.size());
    for (size_t i = 0; i < of_set.metrics.size(); ++i) values[i].push_back(of_set.metrics[i].value);
    result.metrics.insert(result.metrics.end(), of_set.metrics.begin(), of_set.metrics.end());
    result.reports.insert(result.reports.end(), of_set.reports.begin(), of_set.reports.end());
    for (const std::string& note : of_set.notes) result.notes.push_back(set.name() + ": " + note);
  }

  const std::string at_k = fmt::format("@{}", options_.at_k);
  const std::array<std::string, 3> names = ranking_metrics(options_.at_k);
  std::vector<Metric> means;
  for (size_t i = 0; i < 3; ++i) means.push_back({names[i], mean(values[i]), mean(values[i + 3])});
  result.reports.push_back(reranking_report(name_, fmt::format("Mean over {} data sets", sets_.size()), means));
  append_base_metrics(means);
  for (const Metric& metric : means) result.metrics.push_back({prefixed(name_, metric.name), metric.value, metric.base});
  result.primary_metric = prefixed(name_, names[2]);
  if (!run.output.empty()) {
    append_results(run.output,
                   {.name = "NanoBEIR_evaluation_mean_results.csv",
                    .header = {"epoch", "steps", "MAP", "MRR" + at_k, "NDCG" + at_k},
                    .end_of_line = "\n"},
                   {python_epoch(run.epoch), std::to_string(run.steps), python_number(means[0].value), python_number(means[1].value),
                    python_number(means[2].value)});
  }
  return result;
}

}  // namespace crossrank
