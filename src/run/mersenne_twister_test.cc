#include "run/mersenne_twister.h"

#include <gtest/gtest.h>

#include <fstream>
#include <optional>

#include "base/json.h"

namespace crossrank {
namespace {

Json golden_of_torch() {
  std::ifstream file("tests/goldens/losses/random.json");
  return Json::parse(file);
}

TEST(MersenneTwister, gives_torchs_numbers_and_reads_the_low_half_of_a_seed) {
  const Json golden = golden_of_torch();
  for (const Json& draw : golden["raw"]) {
    MersenneTwister random(draw["seed"].get<uint64_t>());
    for (const Json& value : draw["random64"]) EXPECT_EQ(static_cast<int64_t>(random.random64()), value.get<int64_t>());
  }
}

TEST(Randperm, orders_are_torchs_draw_after_draw) {
  std::optional<MersenneTwister> random;
  uint64_t seed = 0;
  const Json golden = golden_of_torch();
  for (const Json& draw : golden["randperm"]) {
    if (!random || draw["seed"].get<uint64_t>() != seed) random.emplace(seed = draw["seed"].get<uint64_t>());
    SCOPED_TRACE(draw["n"].dump() + " numbers, seed " + draw["seed"].dump());
    const std::vector<int64_t> order = randperm(draw["n"].get<int64_t>(), *random);
    ASSERT_EQ(order.size(), draw["n"].get<size_t>());
    for (size_t i = 0; i < draw["places"].size(); ++i) {
      EXPECT_EQ(order[draw["places"][i].get<size_t>()], draw["values"][i].get<int64_t>()) << "at place " << draw["places"][i];
    }
    int64_t weighted_sum = 0;  // of all places, so that none differs unseen
    for (size_t i = 0; i < order.size(); ++i) weighted_sum += order[i] * static_cast<int64_t>(i + 1);
    EXPECT_EQ(weighted_sum, draw["weighted_sum"].get<int64_t>());
  }
}

TEST(Randperm, of_nothing_is_empty_and_draws_nothing) {
  MersenneTwister random(12), untouched(12);
  EXPECT_TRUE(randperm(0, random).empty());
  EXPECT_EQ(randperm(1, random), std::vector<int64_t>{0});
  EXPECT_EQ(random.random(), untouched.random());
}

}  // namespace
}  // namespace crossrank
