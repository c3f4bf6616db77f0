#include "run/card/architecture.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

std::string text_of(const std::string& model) { return architecture_text(ModelFolder::open("tests/goldens/models/" + model)); }

TEST(Architecture, of_bert_goes_from_the_tokens_to_the_score) {
  EXPECT_EQ(text_of("bert-512"),
            "BertForSequenceClassification\n"
            "  embeddings: 256 tokens, 512 learned positions\n"
            "  encoder:    bert, 2 layers of width 64, 2 heads, MLP 128 wide (gelu)\n"
            "  pooling:    first token\n"
            "  head:       linear 64 -> 64, tanh; dropout 0.1; linear 64 -> 1\n"
            "  score:      sigmoid\n"
            "  parameters: 120,577");
}

TEST(Architecture, of_modernbert_tells_of_its_windows) {
  const std::string text = text_of("modernbert-mean-labels3");
  EXPECT_NE(text.find("320 tokens, rotary positions\n"), std::string::npos) << text;
  EXPECT_NE(text.find("MLP 48 wide (gated gelu (tanh)); 1 of them local: 3 tokens on each side\n"), std::string::npos) << text;
  EXPECT_NE(text.find("mean of the tokens\n  head:       linear 32 -> 32, relu; layer norm 32; linear 32 -> 3\n"), std::string::npos)
      << text;
}

TEST(Architecture, of_deberta_tells_of_its_relative_positions) {
  EXPECT_NE(text_of("deberta-v3-512").find("256 tokens, relative positions\n"), std::string::npos) << text_of("deberta-v3-512");
  EXPECT_NE(text_of("deberta-v2-labels3").find("160 learned positions and relative ones\n"), std::string::npos);
  EXPECT_NE(text_of("roberta-514").find("320 tokens, 512 learned positions\n"), std::string::npos);
}

TEST(Architecture, of_modules_is_a_cross_encoder_with_its_poolings) {
  const std::string text = text_of("modular-all-modes-2023");
  EXPECT_TRUE(text.starts_with("CrossEncoder\n")) << text;
  EXPECT_NE(text.find("first token, "), std::string::npos) << text;
}

}  // namespace
}  // namespace crossrank
