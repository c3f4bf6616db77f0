// MultipleNegativesRankingLoss and its cached kind: among the positive, negatives from other rows and the row's own, find the positive.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/zeros.h>

#include "train/losses/checks.h"
#include "train/losses/in_batch_negatives.h"
#include "train/losses/logit_activation.h"
#include "train/losses/losses.h"
#include "train/losses/tensors.h"

namespace crossrank {
namespace {

constexpr std::string_view kParameters[] = {"num_negatives", "scale", "activation_fn"};
// show_progress_bar is taken, so that a recipe may say all that the reference's loss does; the trainer has a display of its own.
constexpr std::string_view kCachedParameters[] = {"num_negatives", "scale", "activation_fn", "mini_batch_size", "show_progress_bar"};
constexpr int64_t kMiniBatchSize = 32;

class MultipleNegativesRankingLoss : public Loss {
 public:
  explicit MultipleNegativesRankingLoss(const LossParameters& parameters)
      : num_negatives_(parameters.optional_integer("num_negatives", 4, 1)),
        scale_(parameters.number("scale", 10.0)),
        activation_(parameters, "Sigmoid", "NoneType"),
        listed_scale_(parameters.listed("scale", 10.0)) {}

  std::string_view name() const override { return kMultipleNegativesRanking.name; }
  std::string_view full_name() const override {
    return "sentence_transformers.cross_encoder.losses.multiple_negatives_ranking.MultipleNegativesRankingLoss";
  }
  LossConfig config() const override {
    return {{"scale", listed_scale_},
            {"num_negatives", num_negatives_ ? Json(*num_negatives_) : Json()},
            {"activation_fn", activation_.full_name()}};
  }
  std::string_view citation() const override { return ""; }

  void check(const DatasetShape& shape, int num_labels) const override {
    check_one_label(name(), num_labels);
    const bool texts = shape.columns.size() >= 2 && has_texts_alone(shape);
    if (!texts) refuse_shape(name(), shape, "two columns of texts or more (query, positive, negatives)");
  }
  void check_row(const LossRow&, int) const override {}  // a label is not read, as in the reference

  std::vector<TextPair> pairs(const LossBatch& batch, MersenneTwister& random) const override {
    std::vector<TextPair> pairs;
    append_pairs(batch, 0, 1, pairs);
    const int64_t rows = batch.rows();
    const auto& queries = std::get<std::vector<std::string>>(batch.columns[0]);
    const auto chosen = in_batch_negatives(rows, static_cast<int64_t>(batch.columns.size()) - 1, num_negatives_, random);
    for (size_t place = 0; !chosen.empty() && place < chosen[0].size(); ++place) {
      for (size_t row = 0; row < queries.size(); ++row) {
        const auto column = static_cast<size_t>(1 + chosen[row][place] / rows), other = static_cast<size_t>(chosen[row][place] % rows);
        pairs.push_back({queries[row], std::get<std::vector<std::string>>(batch.columns[column])[other]});
      }
    }
    for (size_t column = 2; column < batch.columns.size(); ++column) append_pairs(batch, 0, column, pairs);
    return pairs;
  }

  at::Tensor value(const at::Tensor& logits, const LossBatch& batch) const override {
    const int64_t rows = batch.rows();
    at::Tensor scores = activation_.apply(logits.reshape({-1, rows}).transpose(0, 1));  // [rows, candidates], the positive first
    if (scale_ != 0) scores = scores * scale_;
    return at::cross_entropy_loss(scores, at::zeros({rows}, at::TensorOptions(at::kLong).device(logits.device())));
  }

 private:
  std::optional<int64_t> num_negatives_;
  double scale_;
  LogitActivation activation_;
  Json listed_scale_;
};

class CachedMultipleNegativesRankingLoss final : public MultipleNegativesRankingLoss {
 public:
  explicit CachedMultipleNegativesRankingLoss(const LossParameters& parameters)
      : MultipleNegativesRankingLoss(parameters),
        mini_batch_size_(parameters.optional_integer("mini_batch_size", kMiniBatchSize, 1).value_or(kMiniBatchSize)) {
    parameters.boolean("show_progress_bar", false);
  }

  std::string_view name() const override { return kCachedMultipleNegativesRanking.name; }
  std::string_view full_name() const override {
    return "sentence_transformers.cross_encoder.losses.cached_multiple_negatives_ranking.CachedMultipleNegativesRankingLoss";
  }
  LossConfig config() const override {
    LossConfig config = MultipleNegativesRankingLoss::config();
    config.emplace_back("mini_batch_size", mini_batch_size_);
    return config;
  }
  int64_t cached_pairs() const override { return mini_batch_size_; }

 private:
  int64_t mini_batch_size_;
};

}  // namespace

const LossEntry kMultipleNegativesRanking = {"MultipleNegativesRankingLoss", "multiple_negatives_ranking", kParameters,
                                             make_loss_of<MultipleNegativesRankingLoss>};

const LossEntry kCachedMultipleNegativesRanking = {"CachedMultipleNegativesRankingLoss", "cached_multiple_negatives_ranking",
                                                   kCachedParameters, make_loss_of<CachedMultipleNegativesRankingLoss>};

}  // namespace crossrank
