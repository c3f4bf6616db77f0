#include "mining/mined_rows.h"

#include <set>

#include "base/error.h"

namespace crossrank {
namespace {

std::vector<std::string> format_columns(const MiningOptions& options) {
  std::vector<std::string> columns;
  switch (options.output_format) {
    case MinedFormat::kTriplet:
      columns.emplace_back("negative");
      break;
    case MinedFormat::kLabeledPair:
      return {options.output_scores ? "score" : "label"};
    case MinedFormat::kLabeledList:
      return {options.output_scores ? "scores" : "labels"};
    case MinedFormat::kNTuple:
    case MinedFormat::kNTupleScores:
      for (int i = 1; i <= options.num_negatives; ++i) columns.push_back(fmt::format("negative_{}", i));
      break;
  }
  if (options.output_scores) columns.emplace_back("scores");
  return columns;
}

// Writes rows one by one and counts them.
class MinedRows {
 public:
  MinedRows(const MiningOptions& options, const MiningPairs& pairs, std::span<const float> positive_scores, const Negatives& negatives,
            RowWriter& writer)
      : options_(options), pairs_(pairs), positive_scores_(positive_scores), negatives_(negatives), writer_(writer) {}

  int64_t write() {
    for (int64_t query = 0; query < pairs_.queries().size(); ++query) {
      for (int64_t pair = pairs_.first_pair(query); pair < pairs_.first_pair(query + 1); ++pair) write_pair(query, pair);
      if (options_.output_format == MinedFormat::kLabeledPair) write_labeled_negatives(query);
    }
    return rows_;
  }

 private:
  void write_pair(int64_t query, int64_t pair) {
    const int64_t found = negatives_.count_of(query);
    switch (options_.output_format) {
      case MinedFormat::kTriplet:
        return write_triplets(query, pair);
      case MinedFormat::kLabeledPair:
        return write_row({query_text(query), positive_text(pair), options_.output_scores ? positive_score(pair) : Json(1)});
      case MinedFormat::kLabeledList:
        if (found > 0) write_list(query, pair);
        return;
      case MinedFormat::kNTuple:
      case MinedFormat::kNTupleScores:
        if (found == options_.num_negatives) write_tuple(query, pair);
        return;
    }
  }

  void write_triplets(int64_t query, int64_t pair) {
    const auto indices = negatives_.indices_of(query);
    const auto scores = negatives_.scores_of(query);
    for (size_t i = 0; i < indices.size(); ++i) {
      std::vector<Json> row = {query_text(query), positive_text(pair), corpus_text(indices[i])};
      if (options_.output_scores) row.push_back(Json::array({positive_score(pair), scores[i]}));
      write_row(row);
    }
  }

  void write_tuple(int64_t query, int64_t pair) {
    std::vector<Json> row = {query_text(query), positive_text(pair)};
    for (const int32_t index : negatives_.indices_of(query)) row.push_back(corpus_text(index));
    if (options_.output_scores) row.push_back(scores_of(query, pair));
    write_row(row);
  }

  void write_list(int64_t query, int64_t pair) {
    Json documents = Json::array({positive_text(pair)}), labels = Json::array({1});
    for (const int32_t index : negatives_.indices_of(query)) {
      documents.push_back(corpus_text(index));
      labels.push_back(0);
    }
    write_row({query_text(query), std::move(documents), options_.output_scores ? scores_of(query, pair) : std::move(labels)});
  }

  void write_labeled_negatives(int64_t query) {
    const auto indices = negatives_.indices_of(query);
    const auto scores = negatives_.scores_of(query);
    for (size_t i = 0; i < indices.size(); ++i) {
      write_row({query_text(query), corpus_text(indices[i]), options_.output_scores ? Json(scores[i]) : Json(0)});
    }
  }

  void write_row(const std::vector<Json>& row) {
    writer_.write(row);
    ++rows_;
  }

  Json query_text(int64_t query) const { return pairs_.queries()[static_cast<int32_t>(query)]; }
  Json corpus_text(int32_t document) const { return pairs_.corpus()[document]; }
  Json positive_text(int64_t pair) const { return corpus_text(pairs_.positive_of(pair)); }
  Json positive_score(int64_t pair) const { return positive_scores_[static_cast<size_t>(pair)]; }
  Json scores_of(int64_t query, int64_t pair) const {
    Json scores = Json::array({positive_score(pair)});
    for (const float score : negatives_.scores_of(query)) scores.push_back(score);
    return scores;
  }

  const MiningOptions& options_;
  const MiningPairs& pairs_;
  std::span<const float> positive_scores_;
  const Negatives& negatives_;
  RowWriter& writer_;
  int64_t rows_ = 0;
};

}  // namespace

std::vector<std::string> mined_columns(const MiningOptions& options, const PairColumns& columns) {
  std::vector<std::string> names = {columns.anchor, columns.positive};
  for (std::string& name : format_columns(options)) names.push_back(std::move(name));
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) {
      throw error(ErrorCode::kUsage, "two columns of the result would be named \"{}\"; rename the input's column, or choose others", name);
    }
  }
  return names;
}

int64_t write_mined_rows(const MiningOptions& options, const MiningPairs& pairs, std::span<const float> positive_scores,
                         const Negatives& negatives, RowWriter& writer) {
  return MinedRows(options, pairs, positive_scores, negatives, writer).write();
}

}  // namespace crossrank
