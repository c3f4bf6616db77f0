// LambdaLoss and RankNetLoss: for each two documents of a list, the better one should have the higher logit; a weighting scheme says how
// much it matters.
#include <ATen/TensorOperators.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/sort.h>

#include <algorithm>
#include <limits>
#include <numbers>

#include "base/error.h"
#include "train/losses/list_loss.h"
#include "train/losses/losses.h"
#include "train/losses/weighting_scheme.h"

namespace crossrank {
namespace {

constexpr std::string_view kRankNetParameters[] = {"k", "sigma", "eps", "reduction_log", "activation_fn", "mini_batch_size"};
constexpr std::string_view kLambdaParameters[] = {"weighting_scheme", "k", "sigma", "eps", "reduction_log", "activation_fn",
                                                  "mini_batch_size"};
constexpr std::string_view kLogarithms[] = {"natural", "binary"};

constexpr std::string_view kLambdaCitation = R"(
@inproceedings{wang2018lambdaloss,
  title={The LambdaLoss Framework for Ranking Metric Optimization},
  author={Wang, Xuanhui and Li, Cheng and Golbandi, Nadav and Bendersky, Michael and Najork, Marc},
  booktitle={Proceedings of the 27th ACM international conference on information and knowledge management},
  pages={1313--1322},
  year={2018}
}
)";

constexpr std::string_view kRankNetCitation = R"(
@inproceedings{burges2005learning,
  title={Learning to Rank using Gradient Descent},
  author={Burges, Chris and Shaked, Tal and Renshaw, Erin and Lazier, Ari and Deeds, Matt and Hamilton, Nicole and Hullender, Greg},
  booktitle={Proceedings of the 22nd international conference on Machine learning},
  pages={89--96},
  year={2005}
}
)";

// [rows, width, width]: the value of document i less that of document j.
at::Tensor differences(const at::Tensor& values) { return values.unsqueeze(2) - values.unsqueeze(1); }

class LambdaLoss : public ListLoss {
 public:
  explicit LambdaLoss(const LossParameters& parameters) : LambdaLoss(parameters, WeightingScheme(parameters)) {}

  std::string_view name() const override { return kLambda.name; }
  std::string_view full_name() const override { return "sentence_transformers.cross_encoder.losses.lambda_loss.LambdaLoss"; }
  LossConfig config() const override {
    LossConfig config = {{"weighting_scheme", fmt::format("sentence_transformers.cross_encoder.losses.lambda_loss.{}", scheme_.name())}};
    for (auto& entry : unweighted_config()) config.push_back(std::move(entry));
    if (scheme_.mu()) config.emplace_back("mu", *scheme_.mu());
    return config;
  }
  std::string_view citation() const override { return kLambdaCitation; }

  at::Tensor value(const at::Tensor& logits, const LossBatch& batch) const override {
    constexpr double kNoDocument = -1e16, kLargestDifference = 1e8;
    const ListLayout layout(batch, logits);
    const at::Tensor labels = layout.labels(-std::numeric_limits<double>::infinity());
    // Best logit first; documents with equal ones keep their order.
    const auto [sorted, order] = at::sort(layout.matrix(scores(logits), kNoDocument), /*stable=*/true, -1, /*descending=*/true);
    const at::Tensor sorted_labels = labels.gather(-1, order);

    const at::Tensor log_chance =
        at::log_sigmoid(differences(sorted).clamp(-kLargestDifference, kLargestDifference) * sigma_);  // that i stands before j
    at::Tensor terms = log_chance;
    if (!scheme_.is_none()) terms = log_chance * weights(layout, labels, sorted_labels);
    if (binary_) terms = terms / std::numbers::ln2;
    const at::Tensor counted = terms.masked_select(counted_pairs(layout, sorted_labels));
    return counted.sum().neg() / static_cast<double>(std::max<int64_t>(counted.numel(), 1));
  }

 protected:
  LambdaLoss(const LossParameters& parameters, const WeightingScheme& scheme)
      : ListLoss(parameters),
        scheme_(scheme),
        k_(parameters.optional_integer("k", std::nullopt, 1)),
        sigma_(parameters.number("sigma", 1.0)),
        eps_(parameters.number("eps", 1e-10, {.low = 0})),
        binary_(parameters.word("reduction_log", kLogarithms, 1) == 1),
        listed_sigma_(parameters.listed("sigma", 1.0)),
        listed_eps_(parameters.listed("eps", 1e-10)) {}

  LossConfig unweighted_config() const {
    return {{"k", k_ ? Json(*k_) : Json()},
            {"sigma", listed_sigma_},
            {"eps", listed_eps_},
            {"reduction_log", binary_ ? kLogarithms[1] : kLogarithms[0]},
            {"activation_fn", activation()},
            {"mini_batch_size", mini_batch_size()}};
  }

  // A gain is 2^label - 1, in f32.
  double largest_label() const override { return scheme_.is_none() ? ListLoss::largest_label() : 127; }

 private:
  // Both documents are there, one of them within the first k, and the first is the better one.
  at::Tensor counted_pairs(const ListLayout& layout, const at::Tensor& sorted_labels) const {
    const at::Tensor better = differences(sorted_labels);
    at::Tensor counted = at::isfinite(better);  // an infinite label stands for no document
    if (!scheme_.counts_all_pairs()) counted = counted & (better > 0);
    const at::Tensor near = layout.positions(0) < k_.value_or(layout.width());
    return counted & (near.unsqueeze(1) | near.unsqueeze(0));
  }

  at::Tensor weights(const ListLayout& layout, const at::Tensor& labels, const at::Tensor& sorted_labels) const {
    const at::Tensor ideal_labels = std::get<0>(at::sort(labels, /*stable=*/true, -1, /*descending=*/true)).clamp_min(0);
    const at::Tensor discount = (layout.positions(1).to(at::kFloat) + 1.0).log2().unsqueeze(0);  // [1, width]
    const at::Tensor ideal_gains = (at::pow(2, ideal_labels) - 1) / discount;
    const int64_t k = std::min(k_.value_or(layout.width()), layout.width());
    const at::Tensor ideal = ideal_gains.narrow(1, 0, k).sum(-1).clamp_min(eps_);  // DCG@k of the best order, [rows]
    return scheme_.weights((at::pow(2, sorted_labels.clamp_min(0)) - 1) / ideal.unsqueeze(1), discount);
  }

  WeightingScheme scheme_;
  std::optional<int64_t> k_;
  double sigma_, eps_;
  bool binary_;
  Json listed_sigma_, listed_eps_;
};

class RankNetLoss final : public LambdaLoss {
 public:
  explicit RankNetLoss(const LossParameters& parameters) : LambdaLoss(parameters, WeightingScheme::none()) {}

  std::string_view name() const override { return kRankNet.name; }
  std::string_view full_name() const override { return "sentence_transformers.cross_encoder.losses.rank_net.RankNetLoss"; }
  LossConfig config() const override { return unweighted_config(); }
  std::string_view citation() const override { return kRankNetCitation; }
};

}  // namespace

const LossEntry kLambda = {"LambdaLoss", "lambda", kLambdaParameters, make_loss_of<LambdaLoss>};

const LossEntry kRankNet = {"RankNetLoss", "rank_net", kRankNetParameters, make_loss_of<RankNetLoss>};

}  // namespace crossrank
