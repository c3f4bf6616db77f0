#include "mining/python_random.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.h"
#include "base/mapped_file.h"

namespace crossrank {
namespace {

constexpr const char* kGolden = "tests/goldens/mining/random.json";

TEST(PythonRandom, draws_what_python_draws_from_the_same_seed) {
  const Json golden = parse_json(read_file(kGolden, size_t{1} << 20), kGolden, ErrorCode::kInput);
  ASSERT_EQ(golden["seeds"].size(), 7U);
  for (const Json& seed : golden["seeds"]) {
    SCOPED_TRACE(seed["seed"].dump());
    PythonRandom random(seed["seed"].get<int64_t>());
    std::vector<uint32_t> bits;
    for (const int count : {1, 7, 31, 32}) bits.push_back(random.getrandbits(count));
    EXPECT_EQ(bits, seed["bits"].get<std::vector<uint32_t>>());
    for (const Json& draw : seed["draws"]) {
      EXPECT_EQ(random.sample(draw["n"].get<int64_t>(), draw["k"].get<int64_t>()), draw["sample"].get<std::vector<int64_t>>()) << draw["n"];
    }
  }
}

TEST(PythonRandom, samples_each_index_at_most_once) {
  PythonRandom random(3);
  for (const int64_t n : {6, 40, 4000}) {
    std::vector<int64_t> sample = random.sample(n, 6);
    std::sort(sample.begin(), sample.end());
    EXPECT_EQ(std::adjacent_find(sample.begin(), sample.end()), sample.end());
    EXPECT_GE(sample.front(), 0);
    EXPECT_LT(sample.back(), n);
  }
}

}  // namespace
}  // namespace crossrank
