// For tests of the model card: the run that tools/compare_model_cards.py has the reference train, as values, with the numbers that its
// card (tests/goldens/model_card/reference.md) shows.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "run/model_card.h"
#include "text/tokenizer.h"

namespace crossrank {

inline std::string card_golden(const std::string& name) {
  std::ifstream file("tests/goldens/model_card/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// Rows of the script: query, answer, label.
inline std::vector<std::vector<Json>> card_rows(int count) {
  const std::vector<std::string> words = {"tea", "milk", "salt", "bread", "river", "stone", "cloud", "paper", "green", "seven"};
  std::vector<std::vector<Json>> rows;
  for (int i = 0; i < count; ++i) {
    rows.push_back({"what is " + words[static_cast<size_t>(i % 10)] + "?",
                    words[static_cast<size_t>((i + i % 3) % 10)] + " is a thing, one of " + std::to_string(i), i % 3 == 0 ? 1 : 0});
  }
  return rows;
}

/// Tokens of a text with the special ones around it, by the tokenizer of the model that the script trains.
inline TextLength card_tokens() {
  const auto tokenizer = Tokenizer::from_file("tests/goldens/models/bert-512/tokenizer.json");
  return {"tokens", [tokenizer](std::string_view text) {
            std::vector<int32_t> ids;
            tokenizer->encode(text, ids);
            return static_cast<int64_t>(ids.size()) + tokenizer->num_special_tokens(false);
          }};
}

inline CardDataset card_dataset(int rows) {
  DatasetStatistics statistics({"query", "answer", "label"}, card_tokens());
  for (const std::vector<Json>& row : card_rows(rows)) statistics.add(row);
  CardDataset dataset;
  dataset.size = rows;
  dataset.summary = statistics.summary();
  return dataset;
}

/// "- `name`: value" under a heading of the reference's card.
inline NamesAndValues hyperparameters_under(const std::string& heading) {
  NamesAndValues out;
  bool inside = false;
  for (const std::string& line : lines_of(card_golden("reference.md"))) {
    if (line.rfind('#', 0) == 0) inside = line == heading;
    const size_t end = line.find("`: ");
    if (inside && line.rfind("- `", 0) == 0 && end != std::string::npos) out.emplace_back(line.substr(3, end - 3), line.substr(end + 3));
  }
  return out;
}

/// What a reranking evaluator says of the order that the script gives it: the answer stands second of three.
inline CardEvaluation reranking_evaluation(const std::string& name, double map, double ndcg) {
  constexpr double kBaseNdcg = 0.63092975357145742;
  CardEvaluation out{name, "Cross Encoder Reranking", {{"at_k", 10}, {"always_rerank_positives", true}}, {}};
  out.result.metrics = {{name + "_map", map, 0.5}, {name + "_mrr@10", map, 0.5}, {name + "_ndcg@10", ndcg, kBaseNdcg},
                        {name + "_base_map", 0.5}, {name + "_base_mrr@10", 0.5}, {name + "_base_ndcg@10", kBaseNdcg}};
  out.result.primary_metric = name + "_ndcg@10";
  return out;
}

inline CardLogRow evaluated(double epoch, int64_t step, std::vector<Metric> losses, double first, double second, double pairs) {
  constexpr double kBaseNdcg = 0.63092975357145742;
  losses.push_back({"first-dev_ndcg@10", first, kBaseNdcg});
  losses.push_back({"second-dev_ndcg@10", second, kBaseNdcg});
  losses.push_back({"pairs-dev_average_precision", pairs});
  return {epoch, step, std::move(losses)};
}

inline ModelCard tiny_card() {
  ModelCard card;
  card.model_id = "someone/tiny-reranker";
  card.model_name = "A tiny reranker";
  card.base_model = card.base_model_id = "someone/tiny-bert";
  card.base_model_revision = "89abcdef";
  card.max_length = 512;
  card.language = {"en"};
  card.license = "apache-2.0";
  card.architecture = "BertForSequenceClassification, 2 layers, width 32, 1 label";
  card.train_datasets = {card_dataset(40)};
  card.train_datasets[0].name = "things";
  card.train_datasets[0].hub_id = "someone/things";
  card.train_datasets[0].revision = "0123456789abcdef0123456789abcdef01234567";
  card.eval_datasets = {card_dataset(9)};
  const double scores[] = {0.1962, 0.6888, 0.6351, 0.8409, 0.1262};
  for (int i = 0; const std::vector<Json>& row : card_rows(5)) card.examples.push_back({row[0], row[1], {scores[i++]}});
  card.loss = {"BinaryCrossEntropyLoss", {{"activation_fn", "torch.nn.modules.linear.Identity"}, {"pos_weight", 5.0}}, ""};
  card.evaluations = {reranking_evaluation("first-dev", 2.0 / 3, 0.75), reranking_evaluation("second-dev", 0.73333333333333328, 0.8),
                      CardEvaluation{"pairs-dev", "Cross Encoder Classification", nullptr, {}}};
  card.evaluations[2].result.metrics = {{"pairs-dev_accuracy", 0.7},
                                        {"pairs-dev_accuracy_threshold", 0.9442484378814697},
                                        {"pairs-dev_f1", 0.5531914893617021},
                                        {"pairs-dev_f1_threshold", 0.03930343687534332},
                                        {"pairs-dev_precision", 0.3939393939393939},
                                        {"pairs-dev_recall", 0.9285714285714286},
                                        {"pairs-dev_average_precision", 0.5009445559853399}};
  card.evaluations[2].result.primary_metric = "pairs-dev_average_precision";
  card.non_default_hyperparameters = hyperparameters_under("#### Non-Default Hyperparameters");
  card.all_hyperparameters = hyperparameters_under("#### All Hyperparameters");
  card.log = {{0.2, 1, {{"Training Loss", 1.05163}}},
              evaluated(0.4, 2, {{"Training Loss", 1.31768}, {"Validation Loss", 1.98352}}, 2.0 / 3, 0.7, 0.49893),
              {0.6, 3, {{"Training Loss", 7.05733}}},
              evaluated(0.8, 4, {{"Training Loss", 8.99841}, {"Validation Loss", 2.30194}}, 0.75, 0.8, 0.50094),
              evaluated(1.0, 5, {{"Training Loss", 2.63132}, {"Validation Loss", 2.13901}}, 0.68849, 0.72619, 0.50622),
              evaluated(-1, -1, {}, 0.75, 0.8, 0.50094)};
  card.saved_step = 4;
  card.hardware = {{"CPU Model", "a processor"}};
  card.training_seconds = 2.74;
  card.evaluation_seconds = 1.93;
  card.versions = {{"crossrank", "0.1.0"}, {"libtorch", "1.13.1"}, {"oneDNN", "2.6.3"}};
  return card;
}

}  // namespace crossrank
