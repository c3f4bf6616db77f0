#include "retrieval/static_model.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "base/error.h"
#include "base/test_folder.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTokenizer =
    R"({"added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": null, "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "?", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                  "vocab": {"?": 0, "a": 1, "bb": 2, "ccc": 3}}, "truncation": null, "padding": null, "version": "1.0"})";

// A safetensors file of f32 (or I64) tensors, given as (name, shape, numbers).
struct Tensor {
  std::string name, dtype, shape;
  std::vector<double> values;
};

std::string safetensors(const std::vector<Tensor>& tensors) {
  std::string header = "{", data;
  for (const Tensor& tensor : tensors) {
    const size_t begin = data.size();
    for (const double value : tensor.values) {
      const auto single = static_cast<float>(value);
      const auto whole = static_cast<int64_t>(value);
      if (tensor.dtype == "F32") data.append(reinterpret_cast<const char*>(&single), 4);
      if (tensor.dtype == "I64") data.append(reinterpret_cast<const char*>(&whole), 8);
      if (tensor.dtype == "F64") data.append(reinterpret_cast<const char*>(&value), 8);
    }
    if (header.size() > 1) header += ", ";
    header += "\"" + tensor.name + "\": {\"dtype\": \"" + tensor.dtype + "\", \"shape\": " + tensor.shape + ", \"data_offsets\": [" +
              std::to_string(begin) + ", " + std::to_string(data.size()) + "]}";
  }
  header += "}";
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

const std::vector<double> kRows = {9, 9, 1, 0, 0, 2, 3, 3};  // [4, 2]

class StaticModelFolder : public testing::Test {
 protected:
  StaticModelFolder() {
    write("tokenizer.json", kTokenizer);
    write("config.json", R"({"normalize": true})");
    write("model.safetensors", safetensors({{"embeddings", "F32", "[4, 2]", kRows}}));
  }

  void write(const std::string& name, const std::string& bytes) const { std::ofstream(folder_ / name, std::ios::binary) << bytes; }
  std::vector<float> mean_of(const std::string& text) const {
    const auto model = StaticModel::open(folder_);
    EXPECT_TRUE(model.has_value());
    std::vector<int32_t> ids;
    model->tokens_of(text, ids);
    std::vector<float> out(static_cast<size_t>(model->dimensions));
    model->mean_of(ids, out);
    return out;
  }
  // The message of the error that opening the folder gives, after the folder's name.
  std::string error_text() const {
    try {
      (void)StaticModel::open(folder_);
    } catch (const Error& error) {
      const std::string message = error.what();
      return message.substr(message.rfind('/', message.find(": ")) + 1);
    }
    return "";
  }

  const TestFolder own_;
  const fs::path folder_ = own_.path();
};

using Values = std::vector<float>;

TEST_F(StaticModelFolder, gives_the_mean_of_known_tokens) {
  EXPECT_EQ(mean_of("a bb"), (Values{0.5F, 1}));
  EXPECT_EQ(mean_of("a zzz bb"), (Values{0.5F, 1}));
  EXPECT_EQ(mean_of(""), (Values{0, 0}));
  EXPECT_EQ(mean_of("zzz"), (Values{0, 0}));
}

TEST_F(StaticModelFolder, of_sentence_transformers_counts_unknown_tokens_too) {
  write("modules.json", R"([{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"}])");
  EXPECT_EQ(mean_of("a zzz"), (Values{5, 4.5F}));
}

TEST_F(StaticModelFolder, maps_tokens_to_rows_and_weighs_them) {
  write("model.safetensors", safetensors({{"embeddings", "F32", "[2, 2]", {1, 0, 0, 1}},
                                          {"mapping", "I64", "[4]", {0, 0, 1, 1}},
                                          {"weights", "F64", "[4]", {1, 2, 3, 4}}}));
  EXPECT_EQ(mean_of("a ccc"), (Values{1, 2}));
}

TEST_F(StaticModelFolder, of_model2vec_cuts_by_the_median_length_of_a_token_and_then_by_tokens) {
  write("config.json", R"({"max_length": 3})");  // lengths 1, 1, 2, 3: the median is 1.5, cut to 1
  const auto model = StaticModel::open(folder_);
  ASSERT_TRUE(model);
  std::vector<int32_t> ids;
  model->tokens_of("a a a", ids);
  EXPECT_EQ(ids, (std::vector<int32_t>{1, 1}));
  EXPECT_EQ(model->rules.max_tokens, 3);
  write("config.json", R"({"max_length": null})");
  StaticModel::open(folder_)->tokens_of("a a a a a a", ids);
  EXPECT_EQ(ids.size(), 6U);
  write("config.json", "{}");
  EXPECT_EQ(StaticModel::open(folder_)->rules.max_tokens, 512);
}

TEST_F(StaticModelFolder, of_another_kind_is_nothing) {
  write("config.json", R"({"model_type": "bert"})");
  EXPECT_FALSE(StaticModel::open(folder_));
  write("modules.json", R"([{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}])");
  EXPECT_FALSE(StaticModel::open(folder_));
}

TEST_F(StaticModelFolder, names_what_is_wrong_with_its_tensors) {
  const auto error_with = [&](const std::vector<Tensor>& tensors) {
    write("model.safetensors", safetensors(tensors));
    return error_text();
  };
  EXPECT_EQ(error_with({{"embeddings", "F32", "[8]", kRows}}),
            "model.safetensors: the embeddings have shape [8], expected [tokens, dimensions]");
  EXPECT_EQ(error_with({{"embeddings", "I64", "[4, 2]", kRows}}),
            "model.safetensors: the embeddings are stored in a type that they cannot have (F32, F16, BF16, F64, I8)");
  EXPECT_EQ(error_with({{"embeddings", "F32", "[2, 4]", kRows}}),
            "model.safetensors: embeddings for 2 tokens, but the tokenizer's ids go to 3: the two are not of one model");
  EXPECT_EQ(error_with({{"embeddings", "F32", "[4, 2]", kRows}, {"mapping", "I64", "[4]", {0, 1, 2, 4}}}),
            "model.safetensors: tensor mapping: token 3 is mapped to row 4 of 4");
  EXPECT_EQ(error_with({{"embeddings", "F32", "[4, 2]", kRows}, {"mapping", "F32", "[4]", {0, 1, 2, 3}}}),
            "model.safetensors: tensor mapping: expected whole numbers (I64 or I32), one a token");
  EXPECT_EQ(error_with({{"embeddings", "F32", "[4, 2]", kRows}, {"weights", "F32", "[3]", {1, 1, 1}}}),
            "model.safetensors: tensor weights: expected 4 numbers, one a token");
}

TEST_F(StaticModelFolder, names_a_module_that_it_does_not_have) {
  write("modules.json", R"([{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"},
                            {"idx": 1, "name": "1", "path": "1_Dense", "type": "sentence_transformers.models.Dense"}])");
  EXPECT_EQ(error_text(), "modules.json: module 1: Dense after a StaticEmbedding is not one that crossrank has (Normalize, Dropout)");
}

}  // namespace
}  // namespace crossrank
