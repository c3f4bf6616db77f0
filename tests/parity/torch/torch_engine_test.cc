// The trainer's model against the goldens, by the body that every engine has: what is trained is what is scored.
#include "../engine_parity.h"
#include "torch/torch_model.h"

namespace crossrank {
namespace {

constexpr int kLongest = 2000;  // tokens

// TorchModel as an engine: one row of outputs a sequence.
class TorchEngine final : public Engine {
 public:
  explicit TorchEngine(const TorchModel& model) : model_(model) {}
  void outputs(const PackedBatch& batch, std::span<float> out) override {
    const at::Tensor rows = model_.outputs(batch).detach().contiguous();
    std::copy_n(rows.data_ptr<float>(), out.size(), out.begin());
  }
  int num_outputs() const override { return model_.description().head.num_outputs; }
  int threads() const override { return 1; }
  std::string precision() const override { return "fp32"; }
  std::string instruction_set() const override { return "libtorch"; }

 private:
  const TorchModel& model_;
};

void expect_parity(const std::string& folder, bool plain) {
  TorchModelOptions options;
  options.plain = plain;
  const TorchModel model = TorchModel::open(folder, options);
  ASSERT_FALSE(model.has_new_head());
  TorchEngine engine(model);
  goldens::expect_outputs_of_the_reference(folder, model.description(), engine, kLongest);
}

class TorchModelParity : public testing::TestWithParam<std::string> {};

TEST_P(TorchModelParity, outputs_of_libtorchs_own_operations_equal_the_reference) { expect_parity(GetParam(), true); }

TEST_P(TorchModelParity, outputs_of_the_kernels_equal_the_reference) { expect_parity(GetParam(), false); }

INSTANTIATE_TEST_SUITE_P(CrossEncoders, TorchModelParity, testing::ValuesIn(goldens::golden_folders(false)),
                         [](const auto& golden) { return goldens::test_name(golden.param); });

}  // namespace
}  // namespace crossrank
