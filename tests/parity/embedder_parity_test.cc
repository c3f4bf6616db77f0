// Embeddings equal the reference's: transformers of tests/goldens/models, static models of tests/goldens/embedders.
#include <gtest/gtest.h>

#include <cmath>

#include "base/test_folder.h"
#include "crossrank/error.h"
#include "goldens.h"
#include "retrieval/embedder.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

// Unit vectors; the engines sum in another order than the reference does, and its own error is some 1e-7.
constexpr double kBound = 1e-5;

using Vectors = std::vector<std::vector<float>>;

Vectors embed(const Embedder& embedder, const std::vector<std::string>& texts, EmbeddingTask task) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const auto width = static_cast<size_t>(embedder.dimensions());
  std::vector<float> out(texts.size() * width);
  embedder.embed(views, embedder.prompt(task, {}), out);
  Vectors vectors;
  for (size_t i = 0; i < texts.size(); ++i) vectors.emplace_back(out.begin() + i * width, out.begin() + (i + 1) * width);
  return vectors;
}

void expect_near(const std::vector<float>& found, const std::vector<float>& wanted, double bound, const std::string& text) {
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], bound) << "dimension " << i << " of: " << text;
}

std::vector<float> unit(std::vector<float> vector) {
  double squares = 0;
  for (const float value : vector) squares += value * value;
  for (float& value : vector) value /= static_cast<float>(std::sqrt(squares));
  return vector;
}

LoadOptions two_threads() {
  LoadOptions options;
  options.threads = 2;
  return options;
}

// A copy of a folder that goes away with the object.
class FolderCopy : public TestFolder {
 public:
  explicit FolderCopy(const std::string& folder) { fs::copy(folder, path(), fs::copy_options::recursive); }
};

class TransformerEmbedderParity : public testing::TestWithParam<std::string> {
 protected:
  const goldens::Golden golden_ = goldens::read_golden(GetParam());
};

TEST_P(TransformerEmbedderParity, embeddings_equal_the_reference_as_unit_vectors) {
  const auto embedder = Embedder::load(GetParam(), two_threads());
  std::vector<std::string> texts;
  for (const auto& one : golden_.cases) texts.push_back(one.document);
  const Vectors found = embed(*embedder, texts, EmbeddingTask::kDocument);
  for (size_t i = 0; i < texts.size(); ++i) expect_near(found[i], unit(golden_.cases[i].embedding), kBound, texts[i]);
}

TEST_P(TransformerEmbedderParity, truncated_vectors_are_cut_and_made_unit_vectors_again) {
  EmbedderOptions eight;
  eight.truncate_dim = 8;
  const auto embedder = Embedder::load(GetParam(), two_threads(), eight);
  ASSERT_EQ(embedder->dimensions(), 8);
  const goldens::Case& one = golden_.cases.front();
  const Vectors found = embed(*embedder, {one.document}, EmbeddingTask::kDocument);
  expect_near(found[0], unit({one.embedding.begin(), one.embedding.begin() + 8}), kBound, one.document);
}

TEST_P(TransformerEmbedderParity, a_prompt_stands_before_the_text) {
  const auto embedder = Embedder::load(GetParam(), two_threads());
  PromptOptions prompt;
  prompt.prompt = "what are the ";
  const auto width = static_cast<size_t>(embedder->dimensions());
  std::vector<float> out(width);
  const std::vector<std::string_view> rest = {"elements of poetry?"};
  embedder->embed(rest, embedder->prompt(EmbeddingTask::kQuery, prompt), out);
  expect_near(out, embed(*embedder, {"what are the elements of poetry?"}, EmbeddingTask::kQuery)[0], kBound, "prompted");
}

INSTANTIATE_TEST_SUITE_P(Goldens, TransformerEmbedderParity, testing::ValuesIn(goldens::golden_folders(true)),
                         [](const auto& golden) { return goldens::test_name(golden.param); });

TEST(PlainEncoder, gets_mean_pooling_as_in_the_reference) {
  const std::string folder = "tests/goldens/models/bi-modernbert-mean";
  const goldens::Golden golden = goldens::read_golden(folder);
  const FolderCopy plain(folder);
  fs::remove(plain.path() / "modules.json");
  fs::remove_all(plain.path() / "1_Pooling");
  const auto embedder = Embedder::load(plain.path().string(), two_threads());
  for (const auto& one : golden.cases) {
    if (one.truncated == 0)
      expect_near(embed(*embedder, {one.document}, EmbeddingTask::kDocument)[0], unit(one.embedding), kBound, one.document);
  }
}

TEST(PlainEncoder, of_a_cross_encoder_is_refused_but_another_head_is_left_unread) {
  const std::string folder = "tests/goldens/models/bert-512";
  EXPECT_THROW((void)Embedder::load(folder, two_threads()), Error);
  const FolderCopy masked(folder);
  nlohmann::json config = nlohmann::json::parse(std::ifstream(masked.path() / "config.json"));
  config["architectures"] = {"BertForMaskedLM"};
  std::ofstream(masked.path() / "config.json") << config;
  const auto embedder = Embedder::load(masked.path().string(), two_threads());
  EXPECT_EQ(embedder->dimensions(), config.at("hidden_size"));
  const std::vector<float> vector = embed(*embedder, {"the river"}, EmbeddingTask::kDocument)[0];
  expect_near(vector, unit(vector), kBound, "the river");
}

std::vector<std::string> static_folders() {
  std::vector<std::string> folders;
  for (const auto& entry : fs::directory_iterator("tests/goldens/embedders")) {
    if (entry.is_directory()) folders.push_back(entry.path().string());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

class StaticEmbedderParity : public testing::TestWithParam<std::string> {};

TEST_P(StaticEmbedderParity, embeddings_equal_the_reference) {
  const nlohmann::json record = nlohmann::json::parse(std::ifstream(GetParam() + "/cases.json"));
  const auto embedder = Embedder::load(GetParam(), two_threads());
  std::vector<std::string> texts;
  for (const auto& one : record.at("cases")) texts.push_back(one.at("text"));
  const Vectors queries = embed(*embedder, texts, EmbeddingTask::kQuery);
  const Vectors documents = embed(*embedder, texts, EmbeddingTask::kDocument);
  for (size_t i = 0; i < texts.size(); ++i) {
    expect_near(queries[i], record["cases"][i].at("query"), kBound, texts[i]);
    expect_near(documents[i], record["cases"][i].at("document"), kBound, texts[i]);
  }
}

TEST_P(StaticEmbedderParity, the_embedding_of_a_text_is_the_same_to_the_bit_whatever_stands_beside_it) {
  const auto embedder = Embedder::load(GetParam(), two_threads());
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) texts.push_back("the river number " + std::to_string(i));
  const Vectors together = embed(*embedder, texts, EmbeddingTask::kDocument);
  for (const int i : {0, 63, 64, 299}) EXPECT_EQ(embed(*embedder, {texts[i]}, EmbeddingTask::kDocument)[0], together[i]);
}

INSTANTIATE_TEST_SUITE_P(Goldens, StaticEmbedderParity, testing::ValuesIn(static_folders()),
                         [](const auto& golden) { return goldens::test_name(golden.param); });

}  // namespace
}  // namespace crossrank
