#include "rank/load_scorer.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace crossrank {
namespace {

std::shared_ptr<const ModelFolder> model() {
  return std::make_shared<const ModelFolder>(ModelFolder::open("tests/goldens/models/bert-512"));
}

TEST(LoadScorer, makes_an_engine_unless_the_model_is_only_described) {
  LoadOptions options;
  EXPECT_NE(load_scorer(model(), options).engine(), nullptr);
  options.describe_only = true;
  const Scorer described = load_scorer(model(), options);
  EXPECT_EQ(described.engine(), nullptr);
  EXPECT_GT(described.tokenizer().vocab_size(), 0);
}

TEST(LoadScorer, a_negative_number_of_threads_is_an_error_whatever_is_loaded) {
  LoadOptions options;
  options.threads = -1;
  EXPECT_THROW(load_scorer(model(), options), Error);
  options.describe_only = true;
  EXPECT_THROW(load_scorer(model(), options), Error);
}

// The tokenizer is read on another thread: its error comes from there.
TEST(LoadScorer, a_tokenizer_that_cannot_be_read_is_an_error) {
  ModelFolder folder = *model();
  folder.tokenizer = "no/such/tokenizer.json";
  EXPECT_THROW(load_scorer(std::make_shared<const ModelFolder>(folder), LoadOptions()), Error);
}

}  // namespace
}  // namespace crossrank
