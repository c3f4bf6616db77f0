#include "run/card/evaluations.h"

#include <fmt/format.h>

#include <algorithm>

#include "run/card/markdown.h"
#include "run/card/python_text.h"

namespace crossrank {
namespace {

constexpr std::string_view kReferenceEvaluators[] = {"CrossEncoderRerankingEvaluator", "CrossEncoderNanoBEIREvaluator",
                                                     "CrossEncoderClassificationEvaluator", "CrossEncoderCorrelationEvaluator"};
constexpr std::string_view kEvaluatorPages =
    "https://sbert.net/docs/package_reference/cross_encoder/evaluation.html#sentence_transformers.cross_encoder.evaluation.";

std::string class_name(const std::string& description) {
  std::string out;
  for (const char c : description) {
    if (c != ' ') out += c;
  }
  return out + "Evaluator";
}

bool has_prefix(const std::string& text, const std::string& prefix) { return text.compare(0, prefix.size(), prefix) == 0; }

// Metrics that say what they started from, or all where none does.
std::vector<Metric> without_base_numbers(const std::vector<Metric>& metrics) {
  const auto has_base = [](const Metric& metric) { return metric.base.has_value(); };
  if (std::none_of(metrics.begin(), metrics.end(), has_base)) return metrics;
  std::vector<Metric> out;
  std::copy_if(metrics.begin(), metrics.end(), std::back_inserter(out), has_base);
  return out;
}

// A data set that an evaluator of several measures for itself: "NanoMSMARCO_R100_ndcg@10" without the metric.
std::string dataset_of(const std::string& metric) { return metric.substr(0, metric.rfind('_')); }

// What a data set's own evaluator is told, where the one above it measures several.
CardMeasurement for_one_dataset(const CardEvaluation& evaluation, const std::string& dataset) {
  CardMeasurement out{dataset, "Cross Encoder Reranking", class_name("Cross Encoder Reranking"), Json::object(), {}, ""};
  for (const char* key : {"at_k", "always_rerank_positives"}) {
    if (evaluation.config.is_object() && evaluation.config.contains(key)) out.config[key] = evaluation.config[key];
  }
  const std::string& primary = evaluation.result.primary_metric;
  out.primary_metric = primary.substr(primary.rfind('_') + 1);
  return out;
}

std::vector<std::string> names(const CardMeasurement& measurement) {
  std::vector<std::string> out;
  for (const Metric& metric : measurement.metrics) out.push_back(metric.name);
  std::sort(out.begin(), out.end());
  return out;
}

bool share_a_table(const CardMeasurement& a, const CardMeasurement& b) {
  return a.evaluator == b.evaluator && a.config == b.config && a.primary_metric == b.primary_metric && a.dataset != b.dataset &&
         names(a) == names(b);
}

std::string bold_if(bool bold, const std::string& text) { return bold ? "**" + text + "**" : text; }

std::string evaluator_link(const std::string& evaluator) {
  if (std::find(std::begin(kReferenceEvaluators), std::end(kReferenceEvaluators), evaluator) == std::end(kReferenceEvaluators)) {
    return markdown_code(evaluator);
  }
  return fmt::format("[<code>{}</code>]({}{})", evaluator, kEvaluatorPages, evaluator);
}

std::string dataset_bullet(const std::vector<const CardMeasurement*>& group) {
  if (group.front()->dataset.empty()) return "";
  std::string out = group.size() == 1 ? "* Dataset: " : "* Datasets: ";
  for (size_t i = 0; i < group.size(); ++i) {
    if (i > 0) out += i + 1 == group.size() ? " and " : ", ";
    out += markdown_code_span(group[i]->dataset);
  }
  return out + "\n";
}

std::string table(const std::vector<const CardMeasurement*>& group) {
  std::vector<std::vector<std::string>> rows = {{"Metric"}};
  for (const CardMeasurement* one : group) rows[0].push_back(group.size() == 1 ? "Value" : markdown_text(one->dataset));
  for (const Metric& metric : group.front()->metrics) {
    const bool bold = metric.name == group.front()->primary_metric;
    rows.push_back({bold_if(bold, markdown_text(metric.name))});
    for (const CardMeasurement* one : group) {
      const auto same = std::find_if(one->metrics.begin(), one->metrics.end(), [&](const Metric& m) { return m.name == metric.name; });
      rows.back().push_back(bold_if(bold, metric_text(*same)));
    }
  }
  return markdown_table(rows, Align::kLeft);
}

}  // namespace

std::vector<CardMeasurement> measurements(const std::vector<CardEvaluation>& evaluations) {
  std::vector<CardMeasurement> out;
  for (const CardEvaluation& evaluation : evaluations) {
    const std::string prefix = evaluation.name.empty() ? "" : evaluation.name + "_";
    CardMeasurement own{evaluation.name, evaluation.description, class_name(evaluation.description), evaluation.config, {}, ""};
    const std::string& primary = evaluation.result.primary_metric;
    own.primary_metric = has_prefix(primary, prefix) ? primary.substr(prefix.size()) : primary;
    for (Metric& metric : without_base_numbers(evaluation.result.metrics)) {
      CardMeasurement* place = &own;
      if (has_prefix(metric.name, prefix)) {
        metric.name.erase(0, prefix.size());
      } else {
        const std::string dataset = dataset_of(metric.name);
        if (out.empty() || out.back().dataset != dataset) out.push_back(for_one_dataset(evaluation, dataset));
        place = &out.back();
        metric.name.erase(0, dataset.size() + 1);
      }
      place->metrics.push_back(std::move(metric));
    }
    out.push_back(std::move(own));
  }
  return out;
}

std::string metric_text(const Metric& metric) {
  return metric.base ? number_with_change(metric.value, *metric.base) : python_rounded(metric.value, 4);
}

std::string evaluation_section(const std::vector<CardMeasurement>& measurements) {
  if (measurements.empty()) return "";
  std::vector<std::vector<const CardMeasurement*>> groups;
  for (const CardMeasurement& one : measurements) {
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& others) {
      return std::all_of(others.begin(), others.end(), [&](const CardMeasurement* other) { return share_a_table(*other, one); });
    });
    if (group != groups.end()) group->push_back(&one);
    else groups.push_back({&one});
  }
  std::string out = "## Evaluation\n\n### Metrics\n";
  for (const auto& group : groups) {
    const CardMeasurement& first = *group.front();
    out += fmt::format("\n#### {}\n\n{}* Evaluated with {}", markdown_text(first.description), dataset_bullet(group),
                       evaluator_link(first.evaluator));
    if (first.config.is_object() && !first.config.empty()) {
      out +=
          " with these parameters:\n" + in_bullet(markdown_block("json", first.config.dump(4, ' ', true, Json::error_handler_t::replace)));
    } else {
      out += "\n";
    }
    out += "\n" + table(group);
  }
  return out + "\n";
}

}  // namespace crossrank
