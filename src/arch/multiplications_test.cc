// Counts against numbers worked out by hand, term by term.
#include "arch/multiplications.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

constexpr int kHidden = 4, kIntermediate = 6;

EncoderSpec encoder_of(int layers) {
  EncoderSpec encoder;
  encoder.hidden_size = encoder.embedding_size = kHidden;
  encoder.intermediate_size = kIntermediate;
  encoder.layers.resize(static_cast<size_t>(layers));
  for (LayerSpec& layer : encoder.layers) layer.attention = {.num_heads = 2, .head_dim = 2};
  return encoder;
}

HeadSpec head_of(Pooling pooling) {
  return {.pooling = {pooling}, .steps = {LinearStep{.in_features = 4, .out_features = 1}}, .num_outputs = 1};
}

TEST(Multiplications, of_a_layer_are_its_products_and_its_attention) {
  // 3 tokens: q, k, v, out 3 * 4 * 16 = 192; MLP 3 * 2 * 24 = 144; attention 9 pairs, scores and values: 9 * 4 * 2 = 72; head 4.
  EXPECT_EQ(multiplications(encoder_of(1), head_of(Pooling::kCls), 3), 192 + 144 + 72 + 4);
  EXPECT_EQ(multiplications(encoder_of(2), head_of(Pooling::kCls), 3), 2 * (192 + 144 + 72) + 4);
  EXPECT_EQ(multiplications(encoder_of(1), head_of(Pooling::kCls), 0), 0);
}

TEST(Multiplications, a_gated_mlp_has_a_third_matrix) {
  EncoderSpec encoder = encoder_of(1);
  encoder.layers[0].gated = true;
  EXPECT_EQ(multiplications(encoder, head_of(Pooling::kMean), 3), 192 + 3 * 3 * 24 + 72 + 4);
}

TEST(Multiplications, a_window_leaves_out_the_pairs_that_it_hides) {
  EncoderSpec encoder = encoder_of(1);
  encoder.layers[0].attention.window = 1;
  // 5 tokens see 2, 3, 3, 3 and 2 of each other: 13 pairs; q, k, v, out 5 * 64, MLP 5 * 48.
  EXPECT_EQ(multiplications(encoder, head_of(Pooling::kMean), 5), 320 + 240 + 13 * 8 + 4);
  // A window wider than the sequence hides nothing; a sequence of one token has one pair.
  encoder.layers[0].attention.window = 64;
  EXPECT_EQ(multiplications(encoder, head_of(Pooling::kMean), 3), 192 + 144 + 72 + 4);
  EXPECT_EQ(multiplications(encoder, head_of(Pooling::kMean), 1), 64 + 48 + 8 + 4);
}

TEST(Multiplications, of_the_last_layer_may_be_counted_for_the_rows_read_alone) {
  // The last layer's one row: q and out 32, MLP 48, its 3 pairs 24; keys and values of all: 3 * 32.
  const double whole = 192 + 144 + 72;
  EXPECT_EQ(multiplications(encoder_of(2), head_of(Pooling::kCls), 3, LastLayer::kRowsRead), whole + 32 + 48 + 24 + 96 + 4);
  EXPECT_EQ(multiplications(encoder_of(2), head_of(Pooling::kLastToken), 3, LastLayer::kRowsRead), whole + 32 + 48 + 24 + 96 + 4);
  EXPECT_EQ(multiplications(encoder_of(2), head_of(Pooling::kMean), 3, LastLayer::kRowsRead), 2 * whole + 4);
  // In a window the one row sees itself and one neighbour.
  EncoderSpec windowed = encoder_of(1);
  windowed.layers[0].attention.window = 1;
  EXPECT_EQ(multiplications(windowed, head_of(Pooling::kCls), 3, LastLayer::kRowsRead), 32 + 48 + 16 + 96 + 4);
}

TEST(Multiplications, relative_scores_are_a_product_more_for_each_part) {
  EncoderSpec encoder = encoder_of(1);
  encoder.layers[0].attention.relative = DisentangledScores{.span = 8, .content_to_position = true};
  EXPECT_EQ(multiplications(encoder, head_of(Pooling::kCls), 3), 192 + 144 + 9 * 4 * 3 + 4);
  encoder.layers[0].attention.relative = DisentangledScores{.span = 8, .content_to_position = true, .position_to_content = true};
  EXPECT_EQ(multiplications(encoder, head_of(Pooling::kCls), 3), 192 + 144 + 9 * 4 * 4 + 4);
}

TEST(Multiplications, of_projection_convolution_and_head_are_counted) {
  EncoderSpec encoder = encoder_of(1);
  encoder.embedding_size = 2;
  encoder.embedding_projection = EmbeddingProjection::kAfterNorm;
  EXPECT_EQ(multiplications(encoder, head_of(Pooling::kCls), 3), 3 * 2 * 4 + 192 + 144 + 72 + 4);
  encoder.convolution = ConvolutionSpec{.kernel = 3};
  const HeadSpec head = {
      .pooling = {Pooling::kCls},
      .steps = {LinearStep{.in_features = 4, .out_features = 4}, NormStep{.features = 4}, LinearStep{.in_features = 4, .out_features = 3}},
      .num_outputs = 3};
  EXPECT_EQ(multiplications(encoder, head, 3), 24 + 192 + 144 + 72 + 3 * 16 * 3 + 16 + 12);
}

// bench/run_peers.py counts 3.21 GFLOP a pair of MiniLM-L6 in the mixed-length workload; this is one of 128 tokens, by its formula.
TEST(Multiplications, of_minilm_equal_those_of_the_benchmarks) {
  EncoderSpec encoder = encoder_of(6);
  encoder.hidden_size = encoder.embedding_size = 384;
  encoder.intermediate_size = 1536;
  const double layer = 128.0 * (4 * 384 * 384 + 2 * 384 * 1536) + 2 * 128.0 * 128 * 384;
  EXPECT_EQ(multiplications(encoder, {.pooling = {Pooling::kCls}, .steps = {}}, 128), 6 * layer);
}

}  // namespace
}  // namespace crossrank
