#include "cli/made_texts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "cli/length_mix.h"

namespace crossrank {
namespace {

Reranker described(const std::string& name) {
  LoadOptions options;
  options.describe_only = true;
  return Reranker::load(name, options);
}

TEST(MadeTexts, have_as_many_tokens_as_was_asked_for) {
  for (const char* model : {"models/crossrank-minilm-l6-v1", "tests/goldens/models/bert-512", "tests/goldens/models/modernbert-2026",
                            "tests/goldens/models/xlm-roberta-labels3", "tests/goldens/models/deberta-v3-512"}) {
    SCOPED_TRACE(model);
    const Reranker reranker = described(model);
    MadeTexts texts(reranker, 1);
    const int lengths[] = {
        texts.shortest_pair(), texts.shortest_pair() + 1, 25, 26, 27, 28, 100, std::min(256, reranker.info().max_length)};
    const std::vector<MadePair> pairs = texts.pairs(lengths);
    ASSERT_EQ(pairs.size(), std::size(lengths));
    for (size_t i = 0; i < pairs.size(); ++i) {
      const auto tokens = reranker.tokenize(TextPair{pairs[i].query, pairs[i].document});
      EXPECT_EQ(static_cast<int>(tokens.ids.size()), lengths[i]) << pairs[i].query << " | " << pairs[i].document;
      EXPECT_EQ(tokens.truncated, 0);
    }
  }
}

TEST(MadeTexts, are_the_same_for_the_same_seed_and_others_for_another) {
  const Reranker reranker = described("models/crossrank-minilm-l6-v1");
  const int lengths[] = {60, 60};
  const auto one = MadeTexts(reranker, 1).pairs(lengths), same = MadeTexts(reranker, 1).pairs(lengths),
             other = MadeTexts(reranker, 2).pairs(lengths);
  EXPECT_EQ(one[0].document, same[0].document);
  EXPECT_EQ(one[1].query, same[1].query);
  EXPECT_EQ(one[0].query, one[1].query);
  EXPECT_NE(one[0].document, one[1].document);
  EXPECT_NE(one[0].document, other[0].document);
}

}  // namespace
}  // namespace crossrank
