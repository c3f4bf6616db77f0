// The evaluation results of a model card: which tables they make, and what the Hub is told of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "eval/evaluator.h"

namespace crossrank {

/// What an evaluator said of the model that is saved.
struct CardEvaluation {
  std::string name;         // Evaluator::name()
  std::string description;  // Evaluator::description(): "Cross Encoder Reranking"
  Json config;              // Evaluator::config()
  EvaluationResult result;
};

/// One data set of one evaluator, its metrics without the name before them. An evaluator that measures several data sets and their mean
/// (NanoBEIR) comes as one of these a data set, and the mean.
struct CardMeasurement {
  std::string dataset;  // may be empty
  std::string description;
  std::string evaluator;  // the reference's class: "CrossEncoderRerankingEvaluator"
  Json config;
  std::vector<Metric> metrics;
  std::string primary_metric;
};

/// In the order given. Where metrics have a base, the base's own numbers are left out.
std::vector<CardMeasurement> measurements(const std::vector<CardEvaluation>& evaluations);

/// A value as a table shows it: with the change against its base, where it has one.
std::string metric_text(const Metric& metric);

/// The section "Evaluation": a table for each group of measurements that have evaluator, settings and metrics in common; empty without any.
std::string evaluation_section(const std::vector<CardMeasurement>& measurements);

}  // namespace crossrank
