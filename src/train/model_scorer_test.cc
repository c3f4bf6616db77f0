#include "train/model_scorer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"

namespace crossrank {
namespace {

// One of several whose others are not there: their shares stay zeros.
class LonelyProcess : public Processes {
 public:
  LonelyProcess(int rank, int world_size) : Processes({.rank = rank, .world_size = world_size}) {}
  void sum(at::Tensor&) override { ++sums; }
  void broadcast(at::Tensor&) override {}
  void barrier() override {}
  int sums = 0;
};

class ModelScorerTest : public testing::Test {
 protected:
  ModelScorerTest() : model_(TorchModel::open("tests/goldens/training/bert", {})) {}

  void spoil() {
    for (const TorchParameter& parameter : model_.parameters()) {
      if (parameter.name == "classifier.bias") parameter.value.detach().fill_(std::numeric_limits<float>::quiet_NaN());
    }
  }

  TorchModel model_;
  const std::vector<TextPair> pairs_ = {{"a", "the mountain"}, {"a", "the"}, {"a", "it is"}, {"a", "the sea"}};
};

TEST_F(ModelScorerTest, each_process_scores_its_share) {
  LonelyProcess alone(0, 1), second(1, 2);
  const std::vector<float> all = ModelScorer(model_, alone, 0).pair_scorer()(pairs_, {}).values;
  const std::vector<float> share = ModelScorer(model_, second, 0).pair_scorer()(pairs_, {}).values;
  ASSERT_EQ(share.size(), 4U);
  EXPECT_EQ(share, (std::vector<float>{0, 0, share[2], share[3]}));
  for (size_t i = 2; i < 4; ++i) EXPECT_NEAR(share[i], all[i], 1e-6) << i;  // another batch, so sums of another order
  EXPECT_EQ(second.sums, 1);
}

TEST_F(ModelScorerTest, a_score_that_is_no_number_is_an_error_of_one_process_and_is_handed_on_to_others) {
  spoil();
  LonelyProcess alone(0, 1), second(1, 2);
  EXPECT_THROW(ModelScorer(model_, alone, 0).pair_scorer()(pairs_, {}), Error);
  const std::vector<float> share = ModelScorer(model_, second, 0).pair_scorer()(pairs_, {}).values;
  EXPECT_EQ(second.sums, 1);  // the others are not left waiting
  EXPECT_TRUE(std::isnan(share[2]) || std::isnan(share[3]));
  EXPECT_EQ(share[0], 0);
}

}  // namespace
}  // namespace crossrank
