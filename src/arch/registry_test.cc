// What config.json says, as specs: the dialects of 2024-25 and 2026, defaults, and fields that are refused.
#include "arch/registry.h"

#include <gtest/gtest.h>

#include <string>

namespace crossrank {
namespace {

EncoderSpec encoder_of(const std::string& text) {
  const Json json = Json::parse(text);
  const JsonObject config(json, "config.json", ErrorCode::kModel);
  return find_architecture(config.string("model_type"))->encoder(config);
}

std::string message_of(const std::string& text) {
  try {
    encoder_of(text);
  } catch (const Error& problem) {
    return problem.what();
  }
  return "no error";
}

TEST(ModernBert, both_dialects_give_the_same_layers) {
  const EncoderSpec old_dialect = encoder_of(R"({"model_type":"modernbert","num_hidden_layers":4,"global_attn_every_n_layers":2,
    "global_rope_theta":160000.0,"local_rope_theta":10000.0,"local_attention":128})");
  const EncoderSpec new_dialect = encoder_of(R"({"model_type":"modernbert","num_hidden_layers":4,"local_attention":128,
    "layer_types":["full_attention","sliding_attention","full_attention","sliding_attention"],
    "rope_parameters":{"full_attention":{"rope_type":"default","rope_theta":160000.0},
                       "sliding_attention":{"rope_type":"default","rope_theta":10000.0}}})");
  for (size_t i = 0; i < 4; ++i) {
    for (const EncoderSpec* spec : {&old_dialect, &new_dialect}) {
      EXPECT_EQ(spec->layers[i].attention.window, i % 2 == 0 ? 0 : 64);
      EXPECT_EQ(spec->layers[i].attention.rope_theta, i % 2 == 0 ? 160000.0 : 10000.0);
      EXPECT_EQ(spec->layers[i].attention_norm, i > 0);
    }
  }
}

TEST(ModernBert, defaults_are_those_of_the_base_model) {
  const EncoderSpec spec = encoder_of(R"({"model_type":"modernbert"})");
  EXPECT_EQ(spec.layers.size(), 22u);
  EXPECT_EQ(spec.hidden_size, 768);
  EXPECT_EQ(spec.intermediate_size, 1152);
  EXPECT_EQ(spec.max_positions, 8192);
  EXPECT_EQ(spec.layers[3].attention.window, 0);
  EXPECT_EQ(spec.layers[4].attention.window, 64);
}

TEST(ModernBert, what_it_cannot_compute_is_refused_by_name) {
  EXPECT_NE(message_of(R"({"model_type":"modernbert","rope_scaling":{"rope_type":"yarn"}})").find("rope_scaling"), std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"modernbert","rope_parameters":{"full_attention":{"rope_type":"yarn"}}})").find("yarn"),
            std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"modernbert","layer_types":["full_attention"]})").find("layer_types"), std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"modernbert","hidden_activation":"mish"})").find("mish"), std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"modernbert","num_attention_heads":7})").find("num_attention_heads"), std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"modernbert","head_dim":32})").find("head_dim"), std::string::npos);
}

TEST(Bert, numbers_out_of_reason_are_refused_before_anything_is_made_of_them) {
  EXPECT_EQ(message_of(R"({"model_type":"bert"})"), "no error");
  EXPECT_NE(message_of(R"({"model_type":"bert","num_hidden_layers":1000000000})").find("num_hidden_layers"), std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"bert","hidden_size":-768})").find("hidden_size"), std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"bert","hidden_size":768.5})").find("hidden_size"), std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"bert","vocab_size":99999999999})").find("vocab_size"), std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"bert","layer_norm_eps":0})").find("layer_norm_eps"), std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"bert","is_decoder":true})").find("is_decoder"), std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"bert","position_embedding_type":"relative_key"})").find("relative_key"), std::string::npos);
}

TEST(Dropout, stands_where_transformers_has_it_with_its_defaults) {
  const EncoderSpec bert = encoder_of(R"({"model_type":"bert","hidden_dropout_prob":0.25})");
  EXPECT_EQ(bert.embedding_dropout, 0.25);
  EXPECT_EQ(bert.layers[0].attention.dropout, 0.1);
  EXPECT_EQ(bert.layers[0].attention_out_dropout, 0.25);
  EXPECT_EQ(bert.layers[0].mlp_in_dropout, 0);
  EXPECT_EQ(bert.layers[0].mlp_out_dropout, 0.25);
  const EncoderSpec modern = encoder_of(R"({"model_type":"modernbert","attention_dropout":0.25,"mlp_dropout":0.5})");
  EXPECT_EQ(modern.embedding_dropout, 0);
  EXPECT_EQ(modern.layers[0].attention.dropout, 0.25);
  EXPECT_EQ(modern.layers[0].attention_out_dropout, 0.25);
  EXPECT_EQ(modern.layers[0].mlp_in_dropout, 0.5);
  EXPECT_EQ(modern.layers[0].mlp_out_dropout, 0);
}

TEST(Dropout, before_the_classifier_falls_back_to_that_of_berts_hidden_states) {
  const auto dropout = [](const std::string& text) {
    const Json json = Json::parse(text);
    const JsonObject config(json, "config.json", ErrorCode::kModel);
    const HeadSpec head = find_architecture("bert")->classification_head(config, encoder_of(text), 1);
    return std::get<DropoutStep>(head.steps[1]).probability;
  };
  EXPECT_EQ(dropout(R"({"model_type":"bert","hidden_dropout_prob":0.25,"classifier_dropout":null})"), 0.25);
  EXPECT_EQ(dropout(R"({"model_type":"bert","hidden_dropout_prob":0.25,"classifier_dropout":0})"), 0);
}

TEST(Dropout, out_of_range_is_refused_by_name) {
  EXPECT_NE(message_of(R"({"model_type":"bert","hidden_dropout_prob":1})").find("hidden_dropout_prob"), std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"bert","attention_probs_dropout_prob":-0.1})").find("attention_probs_dropout_prob"),
            std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"modernbert","mlp_dropout":1.5})").find("mlp_dropout"), std::string::npos);
}

TEST(Roberta, positions_begin_behind_the_padding_id) {
  const EncoderSpec spec = encoder_of(R"({"model_type":"xlm-roberta","max_position_embeddings":514})");
  EXPECT_EQ(spec.max_positions, 512);
  EXPECT_EQ(spec.padding_id, 1);
  EXPECT_EQ(encoder_of(R"({"model_type":"roberta","max_position_embeddings":130,"pad_token_id":0})").max_positions, 129);
  EXPECT_EQ(encoder_of(R"({"model_type":"bert"})").padding_id, std::nullopt);
}

TEST(Roberta, numbers_that_do_not_fit_are_refused_by_name) {
  EXPECT_EQ(message_of(R"({"model_type":"camembert"})"), "no error");
  EXPECT_NE(message_of(R"({"model_type":"roberta","max_position_embeddings":2})").find("max_position_embeddings"), std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"roberta","pad_token_id":-1})").find("pad_token_id"), std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"roberta","pad_token_id":50265})").find("pad_token_id"), std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"xlm-roberta","is_decoder":true})").find("is_decoder"), std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"roberta","position_embedding_type":"relative_key"})").find("relative_key"), std::string::npos);
}

TEST(Electra, projects_embeddings_of_another_width_after_their_norm) {
  EXPECT_EQ(encoder_of(R"({"model_type":"electra"})").embedding_projection, EmbeddingProjection::kAfterNorm);
  EXPECT_EQ(encoder_of(R"({"model_type":"electra","embedding_size":256})").embedding_projection, EmbeddingProjection::kNone);
  EXPECT_NE(message_of(R"({"model_type":"electra","embedding_size":0})").find("embedding_size"), std::string::npos);
}

TEST(DistilBert, sizes_have_two_names) {
  EXPECT_EQ(encoder_of(R"({"model_type":"distilbert","dim":36,"n_heads":3})").hidden_size, 36);
  EXPECT_EQ(encoder_of(R"({"model_type":"distilbert","hidden_size":36,"num_attention_heads":3})").layers[0].attention.head_dim, 12);
  EXPECT_EQ(encoder_of(R"({"model_type":"distilbert"})").layers.size(), 6u);
  EXPECT_NE(message_of(R"({"model_type":"distilbert","n_heads":7})").find("n_heads"), std::string::npos);
}

DisentangledScores disentangled(const std::string& fields) {
  const EncoderSpec spec = encoder_of(R"({"model_type":"deberta-v2","relative_attention":true,)" + fields + "}");
  return std::get<DisentangledScores>(spec.layers.front().attention.relative);
}

TEST(Deberta, reads_the_options_of_v3_base) {
  const DisentangledScores scores = disentangled(
      R"("position_buckets":256,"max_relative_positions":-1,"share_att_key":true,"pos_att_type":"p2c|c2p","max_position_embeddings":512)");
  EXPECT_EQ(scores.span, 256);
  EXPECT_EQ(scores.max_distance, 512);
  EXPECT_TRUE(scores.shares_maps);
  EXPECT_EQ(scores.parts(), 3);
  EXPECT_EQ(disentangled(R"("pos_att_type":["c2p"],"max_relative_positions":64)").span, 64);
}

TEST(Deberta, distances_fall_into_buckets_by_their_logarithm) {
  const DisentangledScores scores = {.span = 256, .buckets = 256, .max_distance = 512};
  EXPECT_EQ(row_of_distance(scores, 0), 256);
  EXPECT_EQ(row_of_distance(scores, 128), 384);  // a row a distance up to half of the buckets
  EXPECT_EQ(row_of_distance(scores, -128), 128);
  EXPECT_EQ(row_of_distance(scores, 129), 385);  // from there on by the logarithm
  EXPECT_EQ(row_of_distance(scores, 511), 511);
  EXPECT_EQ(row_of_distance(scores, 100'000), 511);
  EXPECT_EQ(row_of_distance(scores, -100'000), 0);
  const DisentangledScores plain = {.span = 24};
  EXPECT_EQ(row_of_distance(plain, -24), 0);
  EXPECT_EQ(row_of_distance(plain, 23), 47);
  EXPECT_EQ(row_of_distance(plain, 24), 47);
  for (int distance = -600; distance < 600; ++distance) EXPECT_LE(row_of_distance(scores, distance), row_of_distance(scores, distance + 1));
}

TEST(Deberta, what_it_cannot_compute_is_refused_by_name) {
  EXPECT_EQ(message_of(R"({"model_type":"deberta-v2"})"), "no error");
  const auto refused = [](const std::string& field, const std::string& value) {
    const std::string message =
        message_of(R"({"model_type":"deberta-v2","relative_attention":true,"pos_att_type":"c2p","conv_kernel_size":3,")" + field +
                   "\":" + value + "}");
    EXPECT_NE(message.find(field), std::string::npos) << message;
  };
  refused("position_buckets", "1");
  refused("position_buckets", "1022");  // of 512 positions
  refused("position_buckets", "99999999999");
  refused("max_relative_positions", "1e99");
  refused("attention_head_size", "32");
  refused("pooler_hidden_size", "32");
  refused("conv_kernel_size", "4");
  refused("conv_kernel_size", "1000000");
  refused("conv_groups", "2");
  refused("embedding_size", "0");
  refused("type_vocab_size", "-1");
  refused("norm_rel_ebd", "7");
  refused("pos_att_type", "7");
  EXPECT_NE(message_of(R"({"model_type":"deberta-v2","pos_att_type":"c2p"})").find("pos_att_type"), std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"deberta-v2","conv_kernel_size":3,"conv_act":"mish"})").find("mish"), std::string::npos);
}

TEST(Mpnet, distances_fall_into_buckets_of_the_reference) {
  const DistanceBias bias = {.rows = 32};
  // The first and the last distance of each bucket, by MPNetEncoder.relative_position_bucket.
  constexpr std::pair<int, int> kRows[] = {{0, 0},   {7, 7},   {8, 8},   {11, 8},  {12, 9},  {15, 9},  {16, 10}, {22, 10}, {23, 11},
                                           {31, 11}, {32, 12}, {45, 12}, {46, 13}, {63, 13}, {64, 14}, {90, 14}, {91, 15}, {100'000, 15}};
  for (const auto& [distance, row] : kRows) {
    EXPECT_EQ(row_of_distance(bias, distance), row) << distance;
    if (distance > 0) {
      EXPECT_EQ(row_of_distance(bias, -distance), row + 16) << -distance;
    }
  }
}

TEST(Mpnet, counts_positions_from_behind_the_padding) {
  const EncoderSpec spec = encoder_of(R"({"model_type":"mpnet","max_position_embeddings":514,"relative_attention_num_buckets":40})");
  EXPECT_EQ(spec.max_positions, 512);
  EXPECT_EQ(spec.padding_id, 1);
  EXPECT_EQ(spec.type_vocab_size, 0);
  EXPECT_EQ(std::get<DistanceBias>(spec.layers.front().attention.relative).rows, 40);
  EXPECT_EQ(std::get<DistanceBias>(spec.layers.front().attention.relative).buckets, 32);
  EXPECT_NE(message_of(R"({"model_type":"mpnet","relative_attention_num_buckets":16})").find("relative_attention_num_buckets"),
            std::string::npos);
  EXPECT_NE(message_of(R"({"model_type":"mpnet","max_position_embeddings":2})").find("max_position_embeddings"), std::string::npos);
}

TEST(Registry, an_unknown_architecture_is_not_found) {
  EXPECT_EQ(find_architecture("t5"), nullptr);
  EXPECT_EQ(known_architectures(), "bert, camembert, deberta-v2, distilbert, electra, modernbert, mpnet, roberta, xlm-roberta");
}

}  // namespace
}  // namespace crossrank
