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

TEST(Registry, an_unknown_architecture_is_not_found) {
  EXPECT_EQ(find_architecture("t5"), nullptr);
  EXPECT_EQ(known_architectures(), "bert, modernbert");
}

}  // namespace
}  // namespace crossrank
