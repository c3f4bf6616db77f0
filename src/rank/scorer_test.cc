#include "rank/scorer.h"

#include <gtest/gtest.h>

#include "text/packed_batch.h"

namespace crossrank {
namespace {

// Its output is the number of tokens; it counts the sequences that it is given.
class CountingEngine final : public Engine {
 public:
  explicit CountingEngine(int& sequences) : sequences_(sequences) {}
  void outputs(const PackedBatch& batch, std::span<float> out) override {
    sequences_ += batch.sequences();
    for (int s = 0; s < batch.sequences(); ++s) out[static_cast<size_t>(s)] = static_cast<float>(batch.length(s));
  }
  int num_outputs() const override { return 1; }
  int threads() const override { return 1; }
  std::string precision() const override { return "fp32"; }
  std::string instruction_set() const override { return "none"; }

 private:
  int& sequences_;
};

Scorer counting_scorer(int& sequences) {
  const auto model = std::make_shared<const ModelFolder>(ModelFolder::open("tests/goldens/models/bert-512"));
  return Scorer(model, Tokenizer::from_file(model->tokenizer), std::make_unique<CountingEngine>(sequences));
}

TEST(Scorer, runs_equal_pairs_once_and_gives_each_its_row) {
  int sequences = 0;
  const Scorer scorer = counting_scorer(sequences);
  const TextPair river{"the river", "water"}, hill{"the river", "a hill of stone"};
  const std::vector<TextPair> pairs = {river, hill, river, {"the  river", "water"}, hill};  // spaces make no token
  std::vector<int64_t> done;
  const OutputRows rows = scorer.run(pairs, {}, [&](int64_t now, int64_t total) {
    EXPECT_EQ(total, 5);
    done.push_back(now);
  });
  EXPECT_EQ(sequences, 2);
  EXPECT_EQ(done.back(), 5);
  const float of_river = rows.values[0], of_hill = rows.values[1];
  EXPECT_EQ(rows.values, (std::vector<float>{of_river, of_hill, of_river, of_river, of_hill}));
  EXPECT_LT(of_river, of_hill);
}

TEST(Scorer, says_of_each_pair_what_was_cut_though_the_rest_is_equal) {
  int sequences = 0;
  const Scorer scorer = counting_scorer(sequences);
  const std::string text = "water water water water water water water water", longer = text + " stone stone";
  const std::vector<TextPair> pairs = {{"river", text}, {"river", longer}};
  PredictOptions options;
  options.max_length = 8;
  const OutputRows rows = scorer.run(pairs, options, {});
  EXPECT_EQ(sequences, 1);
  EXPECT_EQ(rows.values[0], rows.values[1]);
  EXPECT_LT(rows.truncated[0], rows.truncated[1]);
}

}  // namespace
}  // namespace crossrank
