#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "train/losses/test_batch.h"

namespace crossrank {
namespace {

// Both compute in f32 (rounding 6e-8) with sums of up to some hundred terms, which libtorch's versions order differently: a few roundings
// of the value. A gradient is compared with the largest of its batch, because small ones are differences of large terms.
constexpr double kSameFloats = 1e-6;

at::Tensor leaf_of(const Json& values, int64_t num_labels) {
  const auto numbers = values.get<std::vector<float>>();
  const at::Tensor tensor = at::empty({static_cast<int64_t>(numbers.size()) / num_labels, num_labels}, at::TensorOptions(at::kFloat));
  std::copy(numbers.begin(), numbers.end(), tensor.data_ptr<float>());
  return tensor.requires_grad_(true);
}

std::vector<float> numbers_of(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

void expect_pairs(const std::vector<TextPair>& pairs, const Json& expected) {
  ASSERT_EQ(pairs.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(pairs[i].query, expected[i][0].get<std::string>()) << i;
    EXPECT_EQ(pairs[i].document, expected[i][1].get<std::string>()) << i;
  }
}

void expect_gradient(const at::Tensor& gradient, const Json& golden) {
  const auto expected = golden.get<std::vector<float>>();
  const std::vector<float> found = gradient.defined() ? numbers_of(gradient) : std::vector<float>(expected.size());
  ASSERT_EQ(found.size(), expected.size());
  float largest = 0;
  for (const float value : expected) largest = std::max(largest, std::abs(value));
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(found[i], expected[i], kSameFloats * largest) << "of logit " << i;
}

class LossGoldens : public ::testing::Test {
 protected:
  const Json golden_ = loss_golden("losses.json");
};

TEST_F(LossGoldens, values_and_gradients_are_the_references) {
  for (const Json& entry : golden_["cases"]) {
    SCOPED_TRACE(entry["title"].get<std::string>() + ", parameters " + entry["parameters"].dump());
    const auto loss = make_loss(entry["loss"].get<std::string>(), entry["parameters"]);
    const LossBatch batch = batch_of(entry["columns"], entry["labels"]);
    const at::Tensor logits = leaf_of(entry["logits"], entry["num_labels"].get<int64_t>());
    const at::Tensor value = loss->value(logits, batch);
    ASSERT_EQ(value.dim(), 0);
    const auto expected = entry["value"].get<double>();
    EXPECT_NEAR(value.item<float>(), expected, kSameFloats * std::abs(expected));
    value.backward();
    expect_gradient(logits.grad(), entry["gradient"]);
  }
}

TEST_F(LossGoldens, pairs_stand_in_the_references_order_and_negatives_are_the_ones_that_it_draws) {
  for (const Json& entry : golden_["cases"]) {
    SCOPED_TRACE(entry["title"].get<std::string>());
    const LossBatch batch = batch_of(entry["columns"], entry["labels"]);
    MersenneTwister random(entry["seed"].get<uint64_t>());
    expect_pairs(make_loss(entry["loss"].get<std::string>(), entry["parameters"])->pairs(batch, random), entry["pairs"]);
  }
}

TEST_F(LossGoldens, the_model_card_gets_what_the_reference_writes) {
  for (const Json& entry : golden_["cases"]) {
    SCOPED_TRACE(entry["title"].get<std::string>());
    const auto loss = make_loss(entry["loss"].get<std::string>(), entry["parameters"]);
    EXPECT_EQ(loss->name(), entry["loss"].get<std::string>());
    EXPECT_EQ(loss->full_name(), entry["full_name"].get<std::string>());
    EXPECT_EQ(loss->citation(), golden_["citations"][entry["loss"].get<std::string>()].get<std::string>());
    const LossConfig config = loss->config();
    const Json& listed = entry["config"];
    ASSERT_GE(config.size(), listed.size());  // beyond it stands only what the reference forgets to list
    for (size_t i = 0; i < listed.size(); ++i) {
      EXPECT_EQ(config[i].first, listed[i][0].get<std::string>());
      EXPECT_EQ(config[i].second.dump(), listed[i][1].dump()) << config[i].first;
    }
    for (size_t i = listed.size(); i < config.size(); ++i) EXPECT_NE(entry["parameters"].dump().find(config[i].first), std::string::npos);
  }
}

TEST_F(LossGoldens, batches_of_the_goldens_pass_the_checks) {
  for (const Json& entry : golden_["cases"]) {
    SCOPED_TRACE(entry["title"].get<std::string>());
    const auto loss = make_loss(entry["loss"].get<std::string>(), entry["parameters"]);
    const LossBatch batch = batch_of(entry["columns"], entry["labels"]);
    const int num_labels = entry["num_labels"].get<int>();
    EXPECT_NO_THROW(loss->check(shape_of(batch, !entry["labels"].empty() && entry["labels"].front().is_array()), num_labels));
    for (int64_t row = 0; row < batch.rows(); ++row) EXPECT_NO_THROW(loss->check_row(row_of(batch, static_cast<size_t>(row)), num_labels));
  }
}

TEST_F(LossGoldens, hold_every_loss) {
  std::set<std::string> names;
  for (const Json& entry : golden_["cases"]) names.insert(entry["loss"].get<std::string>());
  EXPECT_EQ(names.size(), loss_recipe_names().size());
}

}  // namespace
}  // namespace crossrank
