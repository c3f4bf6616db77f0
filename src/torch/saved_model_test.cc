// save() and back: the same scores through every door, the settings as they were, and weights of another model refused.
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include "crossrank/error.h"
#include "torch/test_models.h"

namespace crossrank {
namespace {

using namespace torch_tests;

class SavedModel : public testing::TestWithParam<std::string> {
 protected:
  const TestFolder folder_;
  const PackedBatch batch_ = batch_of_cases(GetParam(), 5);
};

// Moves every weight a little, so that the source's own cannot be mistaken for them.
void disturb(const TorchModel& model) {
  const c10::NoGradGuard without_graph;
  for (const TorchParameter& parameter : model.parameters()) {
    at::Tensor value = parameter.value;
    value.mul_(1.01);
  }
}

TEST_P(SavedModel, opens_for_scoring_and_training_with_the_same_outputs_and_settings) {
  const TorchModel model = open_plain(kModels / GetParam());
  const at::Tensor untrained = model.outputs(batch_);
  disturb(model);
  const at::Tensor wanted = model.outputs(batch_);
  model.save(folder_.path());

  const TorchModel opened = open_plain(folder_.path());
  EXPECT_FALSE(opened.has_new_head());
  EXPECT_TRUE(opened.outputs(batch_).equal(wanted));

  TorchModel loaded = open_plain(kModels / GetParam());
  EXPECT_TRUE(loaded.outputs(batch_).equal(untrained));
  loaded.load_weights(folder_.path());
  EXPECT_TRUE(loaded.outputs(batch_).equal(wanted));

  const ModelFolder scored = ModelFolder::open(folder_.path());
  const ModelFolder& source = model.description();
  EXPECT_EQ(scored.activation, source.activation);
  EXPECT_EQ(scored.max_length, source.max_length);
  EXPECT_EQ(scored.uses_type_ids, source.uses_type_ids);
  EXPECT_EQ(scored.labels, source.labels);
  EXPECT_EQ(scored.prompt, source.prompt);
  EXPECT_EQ(scored.stored_as, "F32");
}

INSTANTIATE_TEST_SUITE_P(Models, SavedModel,
                         testing::Values("bert-512", "bert-silu-old-names", "bert-saved-by-st6", "bert-labels3-old-activation",
                                         "modernbert-2024", "modernbert-head64-f16", "modernbert-identity", "modernbert-sharded",
                                         "modular-mean", "modular-modernbert", "roberta-514", "roberta-saved-by-st6",
                                         "xlm-roberta-old-checkpoint", "camembert-sigmoid", "electra-512", "distilbert-common-names",
                                         "deberta-v3-512", "deberta-v2-labels3", "deberta-c2p", "deberta-unread-relative", "mpnet-514"),
                         [](const auto& model) {
                           std::string name = model.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(SavedSettings, a_longest_sequence_that_was_asked_for_is_kept) {
  const TestFolder folder;
  TorchModelOptions options;
  options.plain = true;
  options.max_length = 20;
  const TorchModel model = TorchModel::open(kModels / "modernbert-2026", options);
  EXPECT_EQ(model.description().max_length, 20);
  model.save(folder.path());
  EXPECT_EQ(ModelFolder::open(folder.path()).max_length, 20);
}

TEST(SavedSettings, a_longest_sequence_past_learned_positions_is_refused) {
  TorchModelOptions options;
  options.max_length = 513;
  EXPECT_THROW((void)TorchModel::open(kModels / "bert-512", options), Error);
}

TEST(SavedSettings, a_new_head_is_written_as_a_cross_encoder) {
  const TestFolder folder;
  TorchModelOptions options;
  options.plain = true;
  options.num_labels = 3;
  const TorchModel model = TorchModel::open(kModels / "bi-bert-mean-normalize", options);
  EXPECT_TRUE(model.has_new_head());
  model.save(folder.path());
  const Json config = read_json(folder.path() / "config.json");
  EXPECT_EQ(config.at("architectures"), Json::array({"BertForSequenceClassification"}));
  EXPECT_EQ(config.at("id2label").size(), 3u);
  EXPECT_EQ(config.at("dtype"), "float32");
  const Json settings = read_json(folder.path() / "config_sentence_transformers.json");
  EXPECT_EQ(settings.at("model_type"), "CrossEncoder");
  EXPECT_EQ(settings.at("activation_fn"), "torch.nn.modules.linear.Identity");
  const ModelFolder scored = ModelFolder::open(folder.path());
  EXPECT_EQ(scored.head.num_outputs, 3);
  EXPECT_FALSE(scored.is_bi_encoder);
}

TEST(SavedWeights, of_another_model_are_refused_by_name) {
  TorchModel model = open_plain(kModels / "bert-512");
  try {
    model.load_weights(kModels / "modernbert-2026");
    FAIL() << "weights of another model were taken";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("bert.embeddings.word_embeddings.weight"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace crossrank
