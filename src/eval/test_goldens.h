// For tests of evaluators: the goldens of tests/goldens/eval and a fake model with scores from a table.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/test_folder.h"
#include "eval/evaluator.h"

namespace crossrank {

inline std::string file_contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline Json eval_golden(const std::string& name) { return Json::parse(file_contents("tests/goldens/eval/" + name)); }

template <typename T>
std::vector<T> list_of(const Json& values) {
  std::vector<T> out;
  for (const Json& value : values) out.push_back(value.get<T>());
  return out;
}

/// What both compute in double from the same floats may differ by the order of sums, and by nothing more.
inline constexpr double kSameNumber = 1e-12;

/// Equal, or both not defined (null in a golden).
inline void expect_number(double value, const Json& expected, const std::string& what) {
  if (expected.is_null()) {
    EXPECT_TRUE(std::isnan(value)) << what;
  } else {
    EXPECT_NEAR(value, expected.get<double>(), kSameNumber) << what;
  }
}

/// Scores by the two texts of a pair: rows [query, document, score or list of scores].
inline PairScorer table_scorer(const Json& rows, int num_labels = 1) {
  std::map<std::pair<std::string, std::string>, std::vector<float>> table;
  for (const Json& row : rows) {
    table[{row[0].get<std::string>(), row[1].get<std::string>()}] =
        row[2].is_array() ? list_of<float>(row[2]) : std::vector{row[2].get<float>()};
  }
  return [table = std::move(table), num_labels](std::span<const TextPair> pairs, const Progress&) {
    PairScores scores{num_labels, {}};
    for (const TextPair& pair : pairs) {
      const std::vector<float>& row = table.at({std::string(pair.query), std::string(pair.document)});
      scores.values.insert(scores.values.end(), row.begin(), row.end());
    }
    return scores;
  };
}

inline std::vector<std::string> names_of(const EvaluationResult& result) {
  std::vector<std::string> names;
  for (const Metric& metric : result.metrics) names.push_back(metric.name);
  return names;
}

/// The message of the Error that `call` throws; "" when it throws none.
template <typename Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace crossrank
