// The reference engine, straight from a model folder, against the goldens: logits of cross-encoders, embeddings of bi-encoders.
#include "engine_parity.h"

namespace crossrank {
namespace {

constexpr int kLongest = 600;  // tokens: it is naive, and sanitizers run it too

class ReferenceEngineParity : public testing::TestWithParam<std::string> {};

TEST_P(ReferenceEngineParity, outputs_equal_the_reference) {
  const auto model = std::make_shared<const ModelFolder>(ModelFolder::open(GetParam()));
  goldens::expect_outputs_of_the_reference(GetParam(), *model, *make_reference_engine(model), kLongest);
}

INSTANTIATE_TEST_SUITE_P(CrossEncoders, ReferenceEngineParity, testing::ValuesIn(goldens::golden_folders(false)),
                         [](const auto& golden) { return goldens::test_name(golden.param); });
INSTANTIATE_TEST_SUITE_P(BiEncoders, ReferenceEngineParity, testing::ValuesIn(goldens::golden_folders(true)),
                         [](const auto& golden) { return goldens::test_name(golden.param); });

}  // namespace
}  // namespace crossrank
