// Gradients against the reference's, heads as it draws them, dropout, and recomputed layers that change nothing.
#include "torch/torch_model.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "arch/safetensors_writer.h"
#include "cpu/product_precision.h"
#include "crossrank/error.h"
#include "torch/test_models.h"

namespace crossrank {
namespace {

using namespace torch_tests;

const Json& golden() {
  static const Json json = read_json("tests/goldens/training/gradients.json");
  return json;
}

// The loss of tools/make_gradient_goldens.py: mean square of (logit - target), targets +1 and -1 in turn.
at::Tensor loss_of(const TorchModel& model, const PackedBatch& batch) {
  std::vector<float> targets;
  for (const int32_t index : batch.order) targets.push_back(index % 2 == 0 ? 1.0f : -1.0f);
  return (model.outputs(batch) - at::tensor(targets).unsqueeze(1)).square().mean();
}

std::vector<at::Tensor> gradients_of(const TorchModel& model, const PackedBatch& batch) {
  for (const TorchParameter& parameter : model.parameters()) parameter.value.mutable_grad() = at::Tensor();
  loss_of(model, batch).backward();
  std::vector<at::Tensor> gradients;
  for (const TorchParameter& parameter : model.parameters()) gradients.push_back(parameter.value.grad().clone());
  return gradients;
}

// Up to 32 elements at equal steps, as the goldens have them.
std::vector<float> sample(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().contiguous().flatten();
  const int64_t step = std::max<int64_t>(1, flat.numel() / 32);
  std::vector<float> values;
  for (int64_t i = 0; i < flat.numel() && values.size() < 32; i += step) values.push_back(flat.data_ptr<float>()[i]);
  return values;
}

// f32 sums in another order, over a few layers: of a tensor's length, and of the longest gradient's. The second is for BERT's key biases,
// whose gradient is zero but for rounding: softmax does not see what all keys share.
constexpr double kGradientBound = 1e-4;
constexpr double kRoundingBound = 1e-6;

class Gradients : public testing::TestWithParam<Operations> {};

TEST_P(Gradients, of_every_parameter_equal_the_reference_under_its_names_in_its_order) {
  for (const Json& entry : golden().at("gradients")) {
    const std::string name = entry.at("model");
    const TorchModel model = open_with(kModels / name, GetParam());
    const PackedBatch batch = batch_of_cases(name, entry.at("cases"));
    EXPECT_NEAR(loss_of(model, batch).item<float>(), entry.at("loss").get<double>(), 1e-4 * entry.at("loss").get<double>()) << name;
    const std::vector<at::Tensor> gradients = gradients_of(model, batch);
    ASSERT_EQ(gradients.size(), entry.at("parameters").size());
    double longest = 0;
    for (const Json& parameter : entry.at("parameters")) longest = std::max(longest, parameter.at("norm").get<double>());
    for (size_t i = 0; i < gradients.size(); ++i) {
      const Json& wanted = entry.at("parameters")[i];
      EXPECT_EQ(model.parameters()[i].name, wanted.at("name"));
      const double length = wanted.at("norm");
      const double bound = kGradientBound * length + kRoundingBound * longest;
      EXPECT_NEAR(gradients[i].norm().item<float>(), length, bound) << name << ": " << wanted.at("name");
      const auto values = wanted.at("sample").get<std::vector<float>>();
      const std::vector<float> found = sample(gradients[i]);
      ASSERT_EQ(found.size(), values.size());
      for (size_t j = 0; j < values.size(); ++j) {
        EXPECT_NEAR(found[j], values[j], bound) << name << ": " << wanted.at("name") << " " << j;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Operations, Gradients, testing::Values(Operations::kPlain, Operations::kKernels),
                         [](const auto& operations) { return operations.param == Operations::kPlain ? "plain" : "kernels"; });

// Puts a golden model's folder into `folder` as a checkpoint without the tensors that begin so.
void write_bare(const Json& entry, const fs::path& folder) {
  const fs::path source = kModels / entry.at("model").get<std::string>();
  const Safetensors file = open_safetensors(source);
  const std::string prefix = entry.at("prefix");
  std::vector<std::vector<float>> values;
  std::vector<NamedTensor> tensors;
  for (const auto& tensor : file.tensors()) {
    bool kept = true;
    for (const std::string begin : entry.at("without")) kept = kept && !tensor.first.starts_with(begin);
    if (!kept) continue;
    auto& copy = values.emplace_back(static_cast<size_t>(tensor.second.elements()));
    tensor.second.read(0, copy);
    const std::string name = tensor.first.starts_with(prefix) ? tensor.first.substr(prefix.size()) : tensor.first;
    tensors.push_back({name, tensor.second.shape, {}});
  }
  for (size_t i = 0; i < tensors.size(); ++i) tensors[i].values = values[i];
  write_safetensors(folder / "model.safetensors", tensors);
  Json config = read_json(source / "config.json");
  config["architectures"] = {entry.at("architecture")};
  std::ofstream(folder / "config.json") << config;
  for (const char* name : {"tokenizer.json", "tokenizer_config.json"}) fs::copy_file(source / name, folder / name);
}

TEST(NewHeads, are_drawn_as_transformers_draws_them_to_the_number) {
  for (const Json& entry : golden().at("new_heads")) {
    const TestFolder folder;
    write_bare(entry, folder.path());
    TorchModelOptions options;
    options.plain = true;
    options.num_labels = entry.at("num_labels");
    options.seed = golden().at("seed");
    const TorchModel model = TorchModel::open(folder.path(), options);
    EXPECT_TRUE(model.has_new_head());
    EXPECT_THROW((void)ModelFolder::open(folder.path()), Error) << "a model without a trained head was opened for scoring";
    size_t seen = 0;
    for (const TorchParameter& parameter : model.parameters()) {
      const auto wanted = entry.at("new").find(parameter.name);
      if (wanted == entry.at("new").end()) continue;
      ++seen;
      const auto values = wanted->get<std::vector<float>>();
      const std::vector<float> found = sample(parameter.value);
      ASSERT_EQ(found.size(), values.size()) << parameter.name;
      for (size_t i = 0; i < values.size(); ++i)
        EXPECT_NEAR(found[i], values[i], 1e-6) << entry.at("architecture") << " " << parameter.name;
    }
    EXPECT_EQ(seen, entry.at("new").size());
  }
}

TEST(NewHeads, a_trained_head_with_another_number_of_labels_is_refused) {
  TorchModelOptions options;
  options.num_labels = 3;
  EXPECT_THROW((void)TorchModel::open(kModels / "bert-512", options), Error);
}

// A copy of a golden whose configuration asks for dropout everywhere.
void write_with_dropout(const std::string& name, const fs::path& folder) {
  fs::copy(kModels / name, folder, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  Json config = read_json(folder / "config.json");
  for (const char* field : {"hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout", "embedding_dropout",
                            "attention_dropout", "mlp_dropout", "cls_dropout", "pooler_dropout"}) {
    config[field] = 0.2;
  }
  std::ofstream(folder / "config.json") << config;
}

void seed_everything(uint64_t seed) {
  at::Generator generator = at::globalContext().defaultGenerator(at::Device(at::kCPU));
  generator.set_current_seed(seed);
}

class Dropout : public testing::TestWithParam<std::tuple<std::string, Operations>> {
 protected:
  Dropout() { write_with_dropout(model_, folder_.path()); }
  TorchModel open(bool recompute) const { return open_with(folder_.path(), std::get<1>(GetParam()), recompute); }

  const std::string model_ = std::get<0>(GetParam());
  const TestFolder folder_;
  const PackedBatch batch_ = batch_of_cases(model_, 7);
};

TEST_P(Dropout, is_drawn_in_training_alone_and_repeats_at_a_seed) {
  TorchModel model = open(false);
  const at::Tensor scored = model.outputs(batch_);
  EXPECT_TRUE(model.outputs(batch_).equal(scored));
  model.train(true);
  seed_everything(5);
  const at::Tensor first = model.outputs(batch_), second = model.outputs(batch_);
  seed_everything(5);
  EXPECT_TRUE(model.outputs(batch_).equal(first));
  EXPECT_FALSE(second.equal(first));
  EXPECT_FALSE(first.equal(scored));
  model.train(false);
  EXPECT_TRUE(model.outputs(batch_).equal(scored));
}

TEST_P(Dropout, recomputed_layers_give_the_same_gradients_to_the_bit) {
  TorchModel kept = open(false), recomputed = open(true);
  for (const bool train : {false, true}) {
    kept.train(train);
    recomputed.train(train);
    seed_everything(9);
    const std::vector<at::Tensor> wanted = gradients_of(kept, batch_);
    const at::Tensor next_wanted = kept.outputs(batch_);
    seed_everything(9);
    const std::vector<at::Tensor> found = gradients_of(recomputed, batch_);
    EXPECT_TRUE(recomputed.outputs(batch_).equal(next_wanted)) << "the generator went on from another place";
    for (size_t i = 0; i < wanted.size(); ++i) EXPECT_TRUE(found[i].equal(wanted[i])) << kept.parameters()[i].name;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Dropout,
                         testing::Combine(testing::Values("bert-512", "modernbert-2026", "electra-512", "deberta-v2-labels3"),
                                          testing::Values(Operations::kPlain, Operations::kKernels)),
                         [](const auto& test) {
                           const std::string model = std::get<0>(test.param);
                           const std::string name = model.substr(0, model.find('-'));
                           return name + (std::get<1>(test.param) == Operations::kPlain ? "_plain" : "_kernels");
                         });

TEST(ConfigKwargs, take_the_place_of_the_configuration_and_are_saved_with_the_model) {
  TorchModelOptions options;
  options.config_kwargs = {{"hidden_dropout_prob", 0.0}, {"attention_probs_dropout_prob", 0.0}, {"classifier_dropout", 0.0}};
  const TestFolder start, saved;
  write_with_dropout("bert-512", start.path());
  TorchModel model = TorchModel::open(start.path(), options);
  const PackedBatch batch = batch_of_cases("bert-512", 3);
  const at::Tensor scored = model.outputs(batch);
  model.train(true);
  EXPECT_TRUE(model.outputs(batch).equal(scored)) << "dropout is still on";
  model.save(saved.path());
  EXPECT_EQ(read_json(saved.path() / "config.json").at("hidden_dropout_prob"), 0.0);
}

TEST(Freeze, frozen_parameters_get_no_gradient_and_all_others_do) {
  TorchModelOptions options;
  options.freeze = {"bert.embeddings", "classifier.bias"};
  const TorchModel model = TorchModel::open(kModels / "bert-512", options);
  model.outputs(batch_of_cases("bert-512", 3)).sum().backward();
  int frozen = 0;
  for (const TorchParameter& parameter : model.parameters()) {
    const bool expected = parameter.name.starts_with("bert.embeddings.") || parameter.name == "classifier.bias";
    frozen += expected ? 1 : 0;
    EXPECT_EQ(parameter.value.grad().defined(), !expected) << parameter.name;
  }
  EXPECT_GT(frozen, 3);
}

TEST(Freeze, a_name_that_is_no_parameter_is_an_error_with_the_nearest_one) {
  TorchModelOptions options;
  options.freeze = {"bert.embeddings.word_embeddings.weigth"};
  try {
    (void)TorchModel::open(kModels / "bert-512", options);
    FAIL() << "it was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kModel);
    EXPECT_NE(std::string(error.what()).find("nearest: bert.embeddings.word_embeddings.weight"), std::string::npos) << error.what();
  }
}

TEST(Graph, there_is_none_where_gradients_are_off) {
  const TorchModel model = open_plain(kModels / "bert-512");
  const c10::NoGradGuard without_graph;
  EXPECT_FALSE(model.outputs(batch_of_cases("bert-512", 2)).requires_grad());
}

TEST(Precision, bf16_products_stay_near_those_of_f32_and_differ) {
  TorchModelOptions options;
  options.plain = true;
  options.precision = TrainPrecision::kBf16;
  const TorchModel half = TorchModel::open(kModels / "bert-512", options);
  const PackedBatch batch = batch_of_cases("bert-512", 7);
  const at::Tensor wanted = open_plain(kModels / "bert-512").outputs(batch), found = half.outputs(batch);
  EXPECT_EQ(found.scalar_type(), at::kFloat);
  const float difference = (found - wanted).abs().max().item<float>();
  EXPECT_GT(difference, 0);
  EXPECT_LT(difference, 0.1f);  // 8 bits of a product's operands, on logits of a few units
  for (const at::Tensor& gradient : gradients_of(half, batch)) EXPECT_EQ(gradient.scalar_type(), at::kFloat);
}

// Both round operands at the same places, but for gradients: the kernels' are rounded too where they are those of an operand.
TEST(Precision, kernels_in_bf16_stay_near_the_plain_operations) {
  if (!has_fast_bf16()) GTEST_SKIP() << "this machine has no bf16 products, f32 ones stand in for them";
  for (const std::string name : {"bert-512", "modernbert-2026", "deberta-v3-512", "mpnet-514"}) {
    SCOPED_TRACE(name);
    TorchModelOptions options;
    options.precision = TrainPrecision::kBf16;
    const TorchModel fast = TorchModel::open(kModels / name, options);
    options.plain = true;
    const TorchModel plain = TorchModel::open(kModels / name, options);
    const PackedBatch batch = batch_of_cases(name, 7);
    EXPECT_LT((fast.outputs(batch) - plain.outputs(batch)).abs().max().item<float>(), 0.03f);
    const auto found = gradients_of(fast, batch), wanted = gradients_of(plain, batch);
    double squares = 0, differences = 0;
    for (size_t i = 0; i < found.size(); ++i) {
      squares += wanted[i].square().sum().item<double>();
      differences += (found[i] - wanted[i]).square().sum().item<double>();
    }
    EXPECT_LT(std::sqrt(differences / squares), 0.05);
    EXPECT_GT(differences, 0);
  }
}

}  // namespace
}  // namespace crossrank
