#include "eval/results_file.h"

#include <gtest/gtest.h>

#include <limits>

#include "eval/test_goldens.h"

namespace crossrank {
namespace {

TEST(ResultsFile, numbers_are_written_as_python_writes_them) {
  const Json numbers = eval_golden("metrics.json")["numbers"];
  for (const Json& one : numbers["float64"]) EXPECT_EQ(python_number(one[0].get<double>()), one[1].get<std::string>());
  for (const Json& one : numbers["float32"]) EXPECT_EQ(python_number(one[0].get<float>()), one[1].get<std::string>());
  EXPECT_EQ(python_number(std::numeric_limits<double>::quiet_NaN()), "nan");
  EXPECT_EQ(python_number(-std::numeric_limits<double>::infinity()), "-inf");
}

TEST(ResultsFile, an_epoch_is_an_integer_only_outside_training) {
  EXPECT_EQ(python_epoch(-1), "-1");
  EXPECT_EQ(python_epoch(1), "1.0");
  EXPECT_EQ(python_epoch(0.25), "0.25");
}

TEST(ResultsFile, the_header_comes_once_and_rows_are_added) {
  const TestFolder folder;
  const ResultsFile file{"r.csv", {"epoch", "a,b"}};
  append_results(folder.path() / "new" / "folder", file, {"-1", "0.5"});
  append_results(folder.path() / "new" / "folder", file, {"1.0", "say \"it\""});
  EXPECT_EQ(file_contents(folder.path() / "new" / "folder" / "r.csv"), "epoch,\"a,b\"\r\n-1,0.5\r\n1.0,\"say \"\"it\"\"\"\r\n");
}

TEST(ResultsFile, a_name_with_a_slash_is_refused) {
  const TestFolder folder;
  const std::string message = message_of([&] { append_results(folder.path(), {"../r.csv", {}}, {"1"}); });
  EXPECT_NE(message.find("without \"/\""), std::string::npos) << message;
}

TEST(ResultsFile, a_folder_that_cannot_be_made_is_named) {
  const std::string message = message_of([] { append_results("/proc/none/such", {"r.csv", {}}, {"1"}); });
  EXPECT_EQ(message.rfind("/proc/none/such: ", 0), 0u) << message;
}

}  // namespace
}  // namespace crossrank
