// The room held against what the reference makes of the same: tests/goldens/data, made by tools/make_data_goldens.py.
#include <gtest/gtest.h>
#include <zlib.h>

#include "base/mapped_file.h"
#include "data/dataset.h"
#include "data/dataset_layout.h"
#include "data/numpy_random.h"
#include "data/parquet_reader.h"
#include "data/split_spec.h"
#include "data/train_test_split.h"

namespace crossrank {
namespace {

const std::string kGoldens = "tests/goldens/data/";

Json golden(const std::string& name) { return parse_json(read_file(kGoldens + name, size_t{1} << 20), name, ErrorCode::kInput); }

TEST(DataGoldens, files_of_every_configuration_and_split_are_those_that_the_reference_takes) {
  for (const Json& layout : golden("layouts.json")) {
    const auto files = layout["files"].get<std::vector<std::string>>();
    const auto splits = resolve_layout(files, layout["card"].get<std::string>(), layout["config"].get<std::string>(), "golden");
    Json found = Json::array();
    for (const SplitFiles& split : splits) found.push_back({split.split, split.files});
    EXPECT_EQ(found, layout["splits"]) << layout["files"] << layout["config"];
  }
}

TEST(DataGoldens, slices_take_the_rows_that_the_reference_takes) {
  for (const Json& slice : golden("slices.json")) {
    const RowRange range = parse_split_spec(slice[0].get<std::string>()).range(slice[1].get<int64_t>());
    EXPECT_EQ(range.begin, slice[2].get<int64_t>()) << slice;
    EXPECT_EQ(range.end, std::max(slice[2].get<int64_t>(), slice[3].get<int64_t>())) << slice;
  }
}

TEST(DataGoldens, permutations_are_numpys) {
  const Json goldens = golden("permutations.json");
  for (const Json& permutation : goldens["permutations"]) {
    const auto order = NumpyRandom(permutation["seed"].get<uint64_t>()).permutation(permutation["rows"].get<int64_t>());
    std::string text;
    for (const uint32_t row : order) text += (text.empty() ? "" : ",") + std::to_string(row);
    EXPECT_EQ(crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())), permutation["crc32"].get<uint32_t>())
        << permutation;
  }
}

TEST(DataGoldens, train_and_test_rows_are_the_references) {
  const auto size = [](const Json& value) { return value.is_null() ? std::string() : value.dump(); };
  const Json goldens = golden("permutations.json");
  for (const Json& split : goldens["splits"]) {
    const TrainTestRows rows = train_test_split(split["rows"].get<int64_t>(), {.test_size = size(split["test_size"]),
                                                                               .train_size = size(split["train_size"]),
                                                                               .seed = split["seed"].get<int>(),
                                                                               .shuffle = split["shuffle"].get<bool>()});
    EXPECT_EQ(Json(rows.train), split["train"]) << split;
    EXPECT_EQ(Json(rows.test), split["test"]) << split;
  }
}

TEST(DataGoldens, every_type_of_parquet_is_the_json_that_the_reference_gives) {
  if (!has_parquet()) GTEST_SKIP() << "a build without Parquet";
  const Json expected = golden("types.json");
  const auto reader = DatasetReader::open({.path = kGoldens + "types.parquet"});
  EXPECT_EQ(Json(reader->columns()), expected["columns"]);
  DatasetRow row;
  size_t count = 0;
  while (reader->next(row)) {
    ASSERT_LT(count, expected["rows"].size());
    EXPECT_EQ(Json(row.values), expected["rows"][count]);
    EXPECT_EQ(row.where, kGoldens + "types.parquet:row " + std::to_string(++count));
  }
  EXPECT_EQ(count, expected["rows"].size());
}

}  // namespace
}  // namespace crossrank
