// DatasetStatistics: what a model card says of a data set's columns, from one pass over its first rows.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/dataset.h"

namespace crossrank {

/// Rows that count, as in the older cards of the reference (6.2 takes a hundred); a card says how many they were.
inline constexpr int64_t kStatisticsRows = 1000;
inline constexpr size_t kCardSamples = 3;

/// How long a text is, and in what. The reference counts the model's tokens, or characters where it has no tokenizer at hand.
struct TextLength {
  std::string unit;
  std::function<int64_t(std::string_view text)> of;
};
TextLength length_in_characters();

struct ColumnStatistics {
  std::string name;
  std::string type;                                          // string, int, bool, float, list, dict, null
  bool is_text = false;                                      // texts, or lists of texts
  std::vector<std::pair<std::string, std::string>> details;  // {"min", "8 tokens"}, {"0", "~65.00%"}
};

struct DatasetSummary {
  std::vector<ColumnStatistics> columns;
  int64_t rows = 0;                               // that were counted
  std::vector<std::vector<std::string>> samples;  // the first rows, as Python's str() writes them, cut
};

/// Give it all rows or as many as wants_more() asks for; memory is a few numbers a column. Not for several threads.
class DatasetStatistics {
 public:
  /// `number_columns`: columns whose texts are numbers, as a label's in CSV.
  DatasetStatistics(std::vector<std::string> columns, TextLength length, const std::vector<std::string>& number_columns = {});

  bool wants_more() const { return rows_ < kStatisticsRows; }
  /// Values in the order of the columns. Nulls are not counted. A row past the last one that counts is ignored.
  void add(const std::vector<Json>& values);
  DatasetSummary summary() const;

 private:
  struct Spread {
    double least = 0, most = 0, sum = 0;
    int64_t count = 0;
    void add(double value);
  };
  struct Column {
    std::string name;
    bool numbers_as_text = false;
    std::string type;  // of the first value; int becomes float where a fraction comes
    bool is_text = false;
    Spread spread;                                   // of lengths, or of the numbers themselves
    std::vector<std::pair<double, int64_t>> counts;  // of each number that came, where they are whole
  };

  void add(Column& column, const Json& value) const;
  static std::vector<std::pair<std::string, std::string>> details(const Column& column, const std::string& unit);

  TextLength length_;
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> samples_;
  int64_t rows_ = 0;
};

/// A cell of a sample: at most 1,000 characters, at most five elements of a list.
std::string sample_text(const Json& value);

}  // namespace crossrank
