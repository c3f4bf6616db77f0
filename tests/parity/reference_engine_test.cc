// The reference engine, straight from a model folder, against the goldens: logits of cross-encoders, embeddings of bi-encoders.
#include <gtest/gtest.h>

#include <cmath>

#include "arch/model_folder.h"
#include "goldens.h"
#include "model/engine.h"
#include "text/packed_batch.h"
#include "text/pair_encoder.h"
#include "text/tokenizer.h"

namespace crossrank {
namespace {

using goldens::Case;
using goldens::Golden;

constexpr int kLongest = 600;  // tokens: it is naive, and sanitizers run it too

std::vector<Encoding> encode(const Golden& golden, const ModelFolder& model) {
  const PairEncoder encoder(Tokenizer::from_file(model.tokenizer), model.max_length, Truncation::kLongestFirst);
  std::vector<Encoding> encodings;
  for (const Case& one : golden.cases) {
    Encoding encoding = golden.is_bi_encoder() ? encoder.encode(one.document) : encoder.encode(TextPair{one.query, one.document});
    if (!model.uses_type_ids) encoding.type_ids.assign(encoding.ids.size(), 0);
    encodings.push_back(std::move(encoding));
  }
  return encodings;
}

class ReferenceEngineParity : public testing::TestWithParam<std::string> {};

TEST_P(ReferenceEngineParity, outputs_equal_the_reference) {
  const Golden golden = goldens::read_golden(GetParam());
  const auto model = std::make_shared<const ModelFolder>(ModelFolder::open(GetParam()));
  const auto engine = make_reference_engine(model);
  const std::vector<Encoding> encodings = encode(golden, *model);
  EXPECT_EQ(model->max_length, golden.record.at("max_length"));
  for (size_t i = 0; i < encodings.size(); ++i) {
    const Case& one = golden.cases[i];
    ASSERT_EQ(encodings[i].length(), one.tokens) << "case " << i;
    if (one.tokens > kLongest) continue;
    const auto batches = pack(std::span(encodings).subspan(i, 1), one.tokens);
    std::vector<float> found(engine->num_outputs());
    engine->outputs(batches.front(), found);
    const std::vector<float>& wanted = golden.is_bi_encoder() ? one.embedding : one.logits;
    ASSERT_EQ(found.size(), wanted.size());
    for (size_t j = 0; j < wanted.size(); ++j) {
      EXPECT_NEAR(found[j], wanted[j], goldens::tolerance(wanted[j])) << "case " << i << ", " << one.tokens << " tokens, output " << j;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(CrossEncoders, ReferenceEngineParity, testing::ValuesIn(goldens::golden_folders(false)),
                         [](const auto& golden) { return goldens::test_name(golden.param); });
INSTANTIATE_TEST_SUITE_P(BiEncoders, ReferenceEngineParity, testing::ValuesIn(goldens::golden_folders(true)),
                         [](const auto& golden) { return goldens::test_name(golden.param); });

}  // namespace
}  // namespace crossrank
