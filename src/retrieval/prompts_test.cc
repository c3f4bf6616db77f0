#include "retrieval/prompts.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/test_folder.h"

namespace crossrank {
namespace {

SentenceTransformersSettings settings_of(const std::string& config) {
  const TestFolder folder;
  std::ofstream(folder.path() / "config_sentence_transformers.json") << config;
  return SentenceTransformersSettings::read(folder.path());
}

TEST(Prompts, are_chosen_by_the_task_where_none_is_named) {
  const auto settings =
      settings_of(R"({"prompts": {"query": "q: ", "document": "d: ", "passage": "p: "}, "default_prompt_name": "passage"})");
  EXPECT_EQ(settings.prompt(EmbeddingTask::kQuery, {}), "q: ");
  EXPECT_EQ(settings.prompt(EmbeddingTask::kDocument, {}), "d: ");
  EXPECT_EQ(settings.prompt(EmbeddingTask::kQuery, {.prompt_name = "passage"}), "p: ");
  EXPECT_EQ(settings.prompt(EmbeddingTask::kQuery, {.prompt_name = "passage", .prompt = "mine: "}), "mine: ");
}

// encode_document of the reference 6.2.0 finds "document" in every model, so it never comes to "passage" or to the default.
TEST(Prompts, of_a_task_are_empty_where_the_model_gives_none) {
  const auto settings = settings_of(R"({"prompts": {"passage": "p: ", "query": null}, "default_prompt_name": "passage"})");
  EXPECT_EQ(settings.prompt(EmbeddingTask::kQuery, {}), "");
  EXPECT_EQ(settings.prompt(EmbeddingTask::kDocument, {}), "");
}

TEST(Prompts, an_unknown_name_is_an_error_that_lists_them) {
  try {
    (void)settings_of(R"({"prompts": {"passage": "p: "}})").prompt(EmbeddingTask::kQuery, {.prompt_name = "pasage"});
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_STREQ(error.what(), "prompt name \"pasage\": the model has document, passage, query; nearest: passage");
  }
}

TEST(Prompts, a_default_that_is_no_prompt_is_an_error) {
  EXPECT_THROW((void)settings_of(R"({"prompts": {}, "default_prompt_name": "none"})"), Error);
}

TEST(Prompts, the_settings_hold_the_dimensions_that_are_kept) {
  EXPECT_EQ(settings_of(R"({"truncate_dim": 64})").truncate_dim, 64);
  EXPECT_EQ(settings_of("{}").truncate_dim, 0);
}

}  // namespace
}  // namespace crossrank
