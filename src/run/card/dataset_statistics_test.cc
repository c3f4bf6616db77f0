#include "run/card/dataset_statistics.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

using Details = std::vector<std::pair<std::string, std::string>>;

// A data set of one column.
ColumnStatistics column_of(const std::vector<Json>& values, const std::vector<std::string>& number_columns = {}) {
  DatasetStatistics statistics({"c"}, length_in_characters(), number_columns);
  for (const Json& value : values) statistics.add({value});
  return statistics.summary().columns[0];
}

// The expected values are those of sentence-transformers 6.2.0 on the same columns.
TEST(DatasetStatistics, each_type_has_the_reference_s_details) {
  const ColumnStatistics texts = column_of({"ab", "\xC3\xA9", "abcd"});
  EXPECT_EQ(texts.type, "string");
  EXPECT_TRUE(texts.is_text);
  EXPECT_EQ(texts.details, (Details{{"min", "1 characters"}, {"mean", "2.33 characters"}, {"max", "4 characters"}}));
  EXPECT_EQ(column_of({1, 0, 0}).details, (Details{{"0", "~66.67%"}, {"1", "~33.33%"}}));
  EXPECT_EQ(column_of({7, 7}).details, (Details{{"7", "100.00%"}}));
  EXPECT_EQ(column_of({10, 9, -1, 9}).details, (Details{{"-1", "~25.00%"}, {"9", "~50.00%"}, {"10", "~25.00%"}}));
  EXPECT_EQ(column_of({true, false}).details, (Details{{"False", "~50.00%"}, {"True", "~50.00%"}}));
  EXPECT_EQ(column_of({true, false}).type, "bool");
  EXPECT_EQ(column_of({0.5, 1.0}).details, (Details{{"min", "0.5"}, {"mean", "0.75"}, {"max", "1.0"}}));
  EXPECT_EQ(column_of({0.5, 1.0}).type, "float");
}

TEST(DatasetStatistics, of_lists_the_elements_count) {
  const ColumnStatistics texts = column_of({Json{"x", "y"}, Json{"z"}});
  EXPECT_EQ(texts.type, "list");
  EXPECT_TRUE(texts.is_text);
  EXPECT_EQ(texts.details, (Details{{"min", "1 elements"}, {"mean", "1.50 elements"}, {"max", "2 elements"}}));
  EXPECT_EQ(column_of({Json{1, 0}, Json{0, 1}}).details, (Details{{"size", "2 elements"}}));
  EXPECT_FALSE(column_of({Json{1, 0}}).is_text);
}

TEST(DatasetStatistics, whole_numbers_among_fractions_are_fractions) {
  EXPECT_EQ(column_of({1, 0.5, 0}).type, "float");
  EXPECT_EQ(column_of({1, 0.5, 0}).details, (Details{{"min", "0.0"}, {"mean", "0.5"}, {"max", "1.0"}}));
}

TEST(DatasetStatistics, a_label_in_csv_is_a_number) {
  EXPECT_EQ(column_of({"1", "0"}, {"c"}).details, (Details{{"0", "~50.00%"}, {"1", "~50.00%"}}));
  EXPECT_EQ(column_of({"0.5", "1"}, {"c"}).type, "float");
  EXPECT_EQ(column_of({"1", "0"}).type, "string");
}

TEST(DatasetStatistics, nulls_are_not_counted) {
  EXPECT_EQ(column_of({nullptr, 3}).details, (Details{{"3", "100.00%"}}));
  EXPECT_EQ(column_of({nullptr}).type, "null");
  EXPECT_TRUE(column_of({nullptr}).details.empty());
  EXPECT_EQ(column_of({}).type, "null");
}

TEST(DatasetStatistics, a_thousand_rows_count_and_three_are_samples) {
  DatasetStatistics statistics({"text", "label"}, length_in_characters());
  for (int i = 0; i < 1500; ++i) statistics.add({std::string(i < 1000 ? 2 : 9, 'a'), i});
  EXPECT_FALSE(statistics.wants_more());
  const DatasetSummary summary = statistics.summary();
  EXPECT_EQ(summary.rows, 1000);
  EXPECT_EQ(summary.columns[0].details[2].second, "2 characters");
  EXPECT_EQ(summary.samples, (std::vector<std::vector<std::string>>{{"aa", "0"}, {"aa", "1"}, {"aa", "2"}}));
}

TEST(DatasetStatistics, samples_are_cut_by_characters_and_elements) {
  std::string text;
  for (int i = 0; i < 1001; ++i) text += "\xC3\xA9";
  EXPECT_EQ(sample_text(text), text.substr(0, 2000) + "...");
  EXPECT_EQ(sample_text(text.substr(2)), text.substr(2));
  EXPECT_EQ(sample_text(Json{"a", "b", "c", "d", "e", "f"}), "['a', 'b', 'c', 'd', 'e', ...]");
  EXPECT_EQ(sample_text(Json{1, 2, 3, 4, 5}), "[1, 2, 3, 4, 5]");
  EXPECT_EQ(sample_text(Json::array_t(6, std::string(900, 'a'))).size(), 1003u);
}

}  // namespace
}  // namespace crossrank
