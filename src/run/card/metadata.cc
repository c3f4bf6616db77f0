#include "run/card/metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "run/card/markdown.h"

namespace crossrank {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

std::string replaced(std::string text, std::string_view those, char by) {
  for (char& c : text) c = those.find(c) == std::string_view::npos ? c : by;
  return text;
}

// "average_precision" is "Average Precision", "ndcg@10" is "Ndcg@10": str.title() in Python.
std::string metric_title(const std::string& metric) {
  std::string out = replaced(metric, "_", ' ');
  for (size_t i = 0; i < out.size(); ++i) out[i] = i > 0 && is_letter(out[i - 1]) ? lower(out[i]) : upper(out[i]);
  return out;
}

// As the table has it where it has a base, else with all digits.
double reported(const Metric& metric) {
  return metric.base ? std::strtod(fmt::format("{:.4f}", metric.value).c_str(), nullptr) : metric.value;
}

OrderedJson tags(const ModelCard& card) {
  OrderedJson out = {"sentence-transformers", "cross-encoder", "reranker", "generated_from_trainer"};
  int64_t rows = 0;
  for (const CardDataset& dataset : card.train_datasets) rows += dataset.size;
  if (rows > 0) out.push_back(fmt::format("dataset_size:{}", rows));
  if (!card.loss.name.empty()) out.push_back("loss:" + card.loss.name);
  for (const std::string& tag : card.tags) {
    if (std::find(out.begin(), out.end(), tag) == out.end()) out.push_back(tag);
  }
  return out;
}

OrderedJson dataset_ids(const ModelCard& card) {
  OrderedJson out = OrderedJson::array();
  for (const auto* datasets : {&card.train_datasets, &card.eval_datasets}) {
    for (const CardDataset& dataset : *datasets) {
      if (is_hub_id(dataset.hub_id) && std::find(out.begin(), out.end(), dataset.hub_id) == out.end()) out.push_back(dataset.hub_id);
    }
  }
  return out;
}

OrderedJson metric_names(const std::vector<CardMeasurement>& measurements) {
  OrderedJson out = OrderedJson::array();
  for (const CardMeasurement& one : measurements) {
    for (const Metric& metric : one.metrics) {
      if (std::find(out.begin(), out.end(), metric.name) == out.end()) out.push_back(metric.name);
    }
  }
  return out;
}

// The tasks, data sets and numbers that the Hub shows; NaN and infinities, which it refuses, are left to the card's table.
OrderedJson results(const std::vector<CardMeasurement>& measurements) {
  OrderedJson out = OrderedJson::array();
  for (const CardMeasurement& one : measurements) {
    OrderedJson metrics = OrderedJson::array();
    for (const Metric& metric : one.metrics) {
      if (!std::isfinite(metric.value)) continue;
      metrics.push_back({{"type", metric.name}, {"value", reported(metric)}, {"name", metric_title(metric.name)}});
    }
    if (metrics.empty()) continue;
    std::string task_type = replaced(one.description, " ", '-');
    std::transform(task_type.begin(), task_type.end(), task_type.begin(), lower);
    const std::string dataset_name = one.dataset.empty() ? "Unknown" : replaced(one.dataset, "_-", ' ');
    out.push_back({{"task", {{"type", task_type}, {"name", one.description}}},
                   {"dataset", {{"name", dataset_name}, {"type", one.dataset.empty() ? "unknown" : one.dataset}}},
                   {"metrics", std::move(metrics)}});
  }
  return out;
}

}  // namespace

std::string card_title(const ModelCard& card) {
  if (!card.model_name.empty()) return card.model_name;
  const std::string& base = card.base_model_id.empty() ? card.base_model : card.base_model_id;
  return base.empty() ? "CrossEncoder" : "CrossEncoder based on " + base;
}

OrderedJson card_metadata(const ModelCard& card, const std::vector<CardMeasurement>& measurements) {
  OrderedJson out;
  if (!card.language.empty()) out["language"] = card.language;
  if (!card.license.empty()) out["license"] = card.license;
  out["tags"] = tags(card);
  if (is_hub_id(card.base_model_id)) out["base_model"] = card.base_model_id;
  if (OrderedJson ids = dataset_ids(card); !ids.empty()) out["datasets"] = std::move(ids);
  out["pipeline_tag"] = card.num_labels == 1 ? "text-ranking" : "text-classification";
  out["library_name"] = "sentence-transformers";
  if (OrderedJson names = metric_names(measurements); !names.empty()) out["metrics"] = std::move(names);
  if (OrderedJson all = results(measurements); !all.empty()) {
    out["model-index"] = OrderedJson::array({{{"name", card_title(card)}, {"results", std::move(all)}}});
  }
  return out;
}

}  // namespace crossrank
