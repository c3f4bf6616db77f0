#include "data/columns.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

using Columns = std::vector<std::string>;
using Places = std::vector<size_t>;

ColumnRoles roles(const Columns& columns) { return column_roles(columns); }

TEST(ColumnRoles, the_label_goes_by_name_and_the_inputs_by_their_order) {
  EXPECT_EQ(roles({"answer", "label", "question"}).inputs, (Places{0, 2}));
  EXPECT_EQ(roles({"answer", "label", "question"}).label, 1u);
}

TEST(ColumnRoles, label_wins_over_score_wherever_they_stand_and_the_loser_is_an_input) {
  const ColumnRoles found = roles({"score", "query", "label"});
  EXPECT_EQ(found.label, 2u);
  EXPECT_EQ(found.inputs, (Places{0, 1}));
}

TEST(ColumnRoles, every_usual_name_is_a_label) {
  for (const std::string_view name : kLabelColumns) EXPECT_EQ(roles({"query", std::string(name)}).label, 1u) << name;
}

TEST(ColumnRoles, without_such_a_name_all_columns_are_inputs_and_case_counts) {
  EXPECT_FALSE(roles({"query", "Label"}).label);
  EXPECT_EQ(roles({"query", "Label"}).inputs, (Places{0, 1}));
}

TEST(ColumnRoles, the_name_of_a_data_set_is_no_input) { EXPECT_EQ(roles({"dataset_name", "query"}).inputs, (Places{1})); }

}  // namespace
}  // namespace crossrank
