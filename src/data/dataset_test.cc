#include "data/dataset.h"

#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "data/test_file.h"
#include "data/test_packing.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

// Every row as JSON, "[..]", a line each; the first line holds the columns.
std::string rows_of(const DatasetOptions& options) {
  const auto reader = DatasetReader::open(options);
  std::string text = Json(reader->columns()).dump() + "\n";
  DatasetRow row;
  while (reader->next(row)) text += Json(row.values).dump() + "\n";
  return text;
}

std::string rows_in(const std::string& name, const std::string& contents, const std::string& split = "train") {
  const TestFile file(name, contents);
  return rows_of({.path = file.path(), .split = split});
}

// Files in a folder of their own.
class DatasetFolder : public ::testing::Test {
 protected:
  void put(const std::string& name, const std::string& contents) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << contents;
  }
  std::string rows(const std::string& split = "train", const std::string& config = "") const {
    return rows_of({.path = folder_.string(), .config = config, .split = split});
  }
  const TestFolder own_;
  const fs::path folder_ = own_.path();
};

TEST(Dataset, columns_stand_in_the_order_of_the_file) {
  EXPECT_EQ(rows_in("d.jsonl", "{\"question\": \"q\", \"answer\": \"a\"}\n{\"answer\": \"b\", \"question\": \"r\"}\n"),
            "[\"question\",\"answer\"]\n[\"q\",\"a\"]\n[\"r\",\"b\"]\n");
  EXPECT_EQ(rows_in("d.csv", "b,a\n1,\n"), "[\"b\",\"a\"]\n[\"1\",\"\"]\n");
  EXPECT_EQ(rows_in("d.tsv", "b\ta\n1\t2\n"), "[\"b\",\"a\"]\n[\"1\",\"2\"]\n");
  EXPECT_EQ(rows_in("d.txt", "one\ntwo\n"), "[\"text\"]\n[\"one\"]\n[\"two\"]\n");
  EXPECT_EQ(rows_in("d", "{\"b\": 1, \"a\": [2.5, true]}\n"), "[\"b\",\"a\"]\n[1,[2.5,true]]\n");
}

TEST(Dataset, packed_files_are_read_as_what_is_in_them) {
  EXPECT_EQ(rows_in("d.jsonl.gz", gzip("{\"a\": 1}\n")), "[\"a\"]\n[1]\n");
  EXPECT_EQ(rows_in("d.csv.zst", zstd("a\n1\n")), "[\"a\"]\n[\"1\"]\n");
}

TEST(Dataset, a_field_that_a_row_lacks_is_null) {
  EXPECT_EQ(rows_in("d.jsonl", "{\"a\": 1, \"b\": 2}\n{\"b\": 3}\n{\"a\": null, \"b\": 4}\n"),
            "[\"a\",\"b\"]\n[1,2]\n[null,3]\n[null,4]\n");
}

TEST(Dataset, bad_rows_name_file_row_and_field) {
  EXPECT_EQ(error_of([] { rows_in("d.jsonl", "{\"answer\": 1}\n{\"anser\": 1}\n"); }),
            "d.jsonl:2: field anser: no such column; there are: answer; nearest: answer");
  EXPECT_EQ(error_of([] { rows_in("d.jsonl", "{\"a\": \"x\"}\n{\"a\": null}\n{\"a\": 1}\n"); }),
            "d.jsonl:3: field a: number, where earlier rows hold texts");
  EXPECT_EQ(error_of([] { rows_in("d.jsonl", "{\"a\": [1]}\n\n{\"a\": {}}\n"); }),
            "d.jsonl:3: field a: object, where earlier rows hold lists");
  EXPECT_EQ(error_of([] { rows_in("d.jsonl", "{\"a\": 1}\n[1]\n"); }), "d.jsonl:2: expected an object with a field a column, found array");
  EXPECT_EQ(error_of([] { rows_in("d.csv", "a,b\n1\n"); }), "d.csv:2: 1 columns, where the header has 2");
  EXPECT_EQ(error_of([] { rows_in("d.csv", "a,a\n1,2\n"); }), "d.csv: two columns are called a; rename one");
}

TEST(Dataset, reading_goes_on_after_a_bad_row) {
  const TestFile file("d.jsonl", "{\"a\": 1}\n{bad\n{\"a\": 2}\n");
  const auto reader = DatasetReader::open({.path = file.path()});
  DatasetRow row;
  EXPECT_TRUE(reader->next(row));
  EXPECT_EQ(error_of([&] { reader->next(row); }), "d.jsonl:2: not valid JSON near byte 2");
  ASSERT_TRUE(reader->next(row));
  EXPECT_EQ(row.values[0], 2);
  EXPECT_FALSE(reader->next(row));
}

TEST(Dataset, a_slice_of_a_file_is_that_of_its_split_train) {
  const std::string lines = "1\n2\n3\n4\n5\n";
  EXPECT_EQ(rows_in("d.txt", lines, "train[1:3]"), "[\"text\"]\n[\"2\"]\n[\"3\"]\n");
  EXPECT_EQ(rows_in("d.txt", lines, "train[-1:]"), "[\"text\"]\n[\"5\"]\n");
  EXPECT_EQ(rows_in("d.txt", lines, "train[:20%]"), "[\"text\"]\n[\"1\"]\n");
  EXPECT_NE(error_of([&] { rows_in("d.txt", lines, "test"); }).find("the split of one file is train"), std::string::npos);
}

TEST(Dataset, what_is_not_there_is_named) {
  EXPECT_NE(error_of([] { rows_of({.path = "/no/such.jsonl"}); }).find("no such file or folder"), std::string::npos);
  EXPECT_NE(error_of([] { rows_of({}); }).find("--data"), std::string::npos);
}

TEST_F(DatasetFolder, shards_are_read_in_sorted_order_with_the_columns_of_the_first) {
  put("b.jsonl", "{\"y\": 3, \"x\": \"c\"}\n");
  put("a.jsonl", "{\"x\": \"a\", \"y\": 1}\n{\"x\": \"b\", \"y\": 2}\n");
  put("c.jsonl", "");
  put("LICENSE.txt", "all of it\n");
  EXPECT_EQ(rows(), "[\"x\",\"y\"]\n[\"a\",1]\n[\"b\",2]\n[\"c\",3]\n");
  EXPECT_EQ(rows("train[1:]"), "[\"x\",\"y\"]\n[\"b\",2]\n[\"c\",3]\n");
  put("d.jsonl", "{\"x\": \"d\", \"z\": 4}\n");
  EXPECT_EQ(error_of([&] { rows(); }), "d.jsonl: field z: no such column; there are: x, y; nearest: x");
}

TEST_F(DatasetFolder, the_card_names_configurations_and_splits) {
  put("README.md",
      "---\nconfigs:\n- config_name: one\n  data_files:\n  - split: dev\n    path: p/*.jsonl\n- config_name: two\n  default: true\n"
      "  data_files: q.jsonl\n---\n");
  put("p/1.jsonl", "{\"a\": 1}\n");
  put("q.jsonl", "{\"a\": 2}\n");
  EXPECT_EQ(rows("dev", "one"), "[\"a\"]\n[1]\n");
  EXPECT_EQ(rows(), "[\"a\"]\n[2]\n");
  EXPECT_NE(error_of([&] { rows("train", "tow"); }).find("no configuration tow; there are: one, two; nearest: "), std::string::npos);
  EXPECT_NE(error_of([&] { rows("train", "one"); }).find("no split train; there are: dev; nearest: dev"), std::string::npos);
}

TEST(Cells, texts_lists_and_numbers_are_taken_or_refused_by_row_and_field) {
  const DatasetRow row{"f:3", {"t", Json::array({"a", "b"}), 2, "1.5", nullptr, Json::array({"a", 5}), true, "NaN"}};
  EXPECT_EQ(text_value(row, 0, "c"), "t");
  EXPECT_EQ(error_of([&] { text_value(row, 2, "c"); }), "f:3: field c: expected a text, found number");
  EXPECT_EQ(error_of([&] { text_value(row, 4, "c"); }), "f:3: field c: is missing");
  EXPECT_EQ(text_list(row, 1, "c"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(text_list(row, 0, "c"), (std::vector<std::string>{"t"}));
  EXPECT_EQ(error_of([&] { text_list(row, 5, "c"); }), "f:3: field c[1]: expected a text, found number");
  EXPECT_EQ(error_of([&] { text_list(row, 2, "c"); }), "f:3: field c: expected a list of texts, found number");
  EXPECT_EQ(number_value(row, 2, "c"), 2);
  EXPECT_EQ(number_value(row, 3, "c"), 1.5);
  EXPECT_EQ(number_value(row, 6, "c"), 1);
  EXPECT_EQ(error_of([&] { number_value(row, 0, "c"); }), "f:3: field c: \"t\" is no number");
  EXPECT_EQ(error_of([&] { number_value(row, 7, "c"); }), "f:3: field c: nan is no finite number");
}

}  // namespace
}  // namespace crossrank
