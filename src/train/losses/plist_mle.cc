// PListMLELoss and ListMLELoss: how likely the true order is when documents are picked one after the other (Plackett-Luce), with and
// without a weight a position.
#include <ATen/TensorOperators.h>
#include <ATen/ops/logcumsumexp.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <limits>

#include "base/error.h"
#include "train/losses/list_loss.h"
#include "train/losses/losses.h"

namespace crossrank {
namespace {

constexpr std::string_view kListMleParameters[] = {"activation_fn", "mini_batch_size", "respect_input_order"};
constexpr std::string_view kPListMleParameters[] = {"lambda_weight", "activation_fn", "mini_batch_size", "respect_input_order"};
constexpr std::string_view kWeight[] = {"PListMLELambdaWeight"};
constexpr std::string_view kWeightParameters[] = {"name", "rank_discount_fn"};
constexpr std::string_view kDiscounts[] = {"exponential", "inverse_rank", "inverse_log2_rank"};

constexpr std::string_view kListMleCitation = R"(
@inproceedings{10.1145/1390156.1390306,
    title = {Listwise Approach to Learning to Rank - Theory and Algorithm},
    author = {Xia, Fen and Liu, Tie-Yan and Wang, Jue and Zhang, Wensheng and Li, Hang},
    booktitle = {Proceedings of the 25th International Conference on Machine Learning},
    pages = {1192-1199},
    year = {2008},
    url = {https://doi.org/10.1145/1390156.1390306},
}
)";

constexpr std::string_view kPListMleCitation = R"(
@inproceedings{lan2014position,
  title={Position-Aware ListMLE: A Sequential Learning Process for Ranking},
  author={Lan, Yanyan and Zhu, Yadong and Guo, Jiafeng and Niu, Shuzi and Cheng, Xueqi},
  booktitle={UAI},
  volume={14},
  pages={449--458},
  year={2014}
}
)";

// The weight of a position. The reference takes a Python function, of which a recipe has these by name.
enum class RankDiscount { kNone, kExponential, kInverseRank, kInverseLog2Rank };

RankDiscount rank_discount_of(const LossParameters& parameters) {
  const Json* value = parameters.find("lambda_weight");
  if (value == nullptr) return RankDiscount::kExponential;
  if (LossParameters::is_none(*value)) return RankDiscount::kNone;
  if (value->is_string()) {
    if (*value != kWeight[0]) parameters.refuse_word("lambda_weight", value->get<std::string>(), kWeight);
    return RankDiscount::kExponential;
  }
  if (!value->is_object()) {
    parameters.refuse("lambda_weight", fmt::format("expected \"{}\", a table or \"none\", found {}", kWeight[0], value->dump()));
  }
  const LossParameters weight = parameters.inner("lambda_weight", *value, kWeightParameters);
  weight.word("name", kWeight, 0);
  const Json* function = weight.find("rank_discount_fn");
  if (function == nullptr || LossParameters::is_none(*function)) return RankDiscount::kExponential;
  return static_cast<RankDiscount>(1 + weight.word("rank_discount_fn", kDiscounts, 0));
}

// [rows, width], 0 where there is no document.
at::Tensor position_weights(RankDiscount discount, const ListLayout& layout, const at::Tensor& mask) {
  const at::Tensor ranks = layout.positions(1);
  if (discount == RankDiscount::kInverseRank) return mask / ranks;
  if (discount == RankDiscount::kInverseLog2Rank) return mask / (ranks + 1.0).log2();
  // 2^(documents - rank) - 1. The sum is divided out later, so longer lists are scaled to what f32 can hold.
  constexpr int64_t kLargestExponent = 127;
  const at::Tensor documents = mask.sum(1, /*keepdim=*/true);
  const at::Tensor scale = (documents - kLargestExponent).clamp_min(0);
  return (at::pow(2.0, documents - ranks - scale) - at::pow(2.0, -scale)) * mask;
}

class PListMleLoss : public ListLoss {
 public:
  explicit PListMleLoss(const LossParameters& parameters) : PListMleLoss(parameters, rank_discount_of(parameters)) {}

  std::string_view name() const override { return kPListMle.name; }
  std::string_view full_name() const override { return "sentence_transformers.cross_encoder.losses.plist_mle.PListMLELoss"; }
  LossConfig config() const override {
    const bool weighted = discount_ != RankDiscount::kNone;
    LossConfig config = {
        {"lambda_weight", weighted ? Json("sentence_transformers.cross_encoder.losses.plist_mle.PListMLELambdaWeight") : Json()}};
    for (auto& entry : unweighted_config()) config.push_back(std::move(entry));
    const auto function = static_cast<size_t>(discount_);
    if (discount_ > RankDiscount::kExponential) config.emplace_back("rank_discount_fn", kDiscounts[function - 1]);
    return config;
  }
  std::string_view citation() const override { return kPListMleCitation; }

  at::Tensor value(const at::Tensor& logits, const LossBatch& batch) const override {
    const ListLayout layout(batch, logits);
    const at::Tensor mask = layout.mask();  // lists begin at the left, before and after sorting
    at::Tensor matrix = layout.matrix(scores(logits), 0);
    if (!respect_input_order_) {
      const at::Tensor labels = layout.labels(-std::numeric_limits<double>::infinity());
      const at::Tensor order = std::get<1>(at::sort(labels, /*stable=*/true, 1, /*descending=*/true));
      matrix = matrix.gather(1, order);
    }
    const at::Tensor present = matrix.masked_fill(mask.logical_not(), std::numeric_limits<float>::lowest());
    const at::Tensor remaining = at::logcumsumexp(present.flip({1}), 1).flip({1});  // of a position and those after it
    at::Tensor log_probabilities = matrix - remaining;
    if (discount_ != RankDiscount::kNone) {
      constexpr double kEps = 1e-10;  // a list of one document has no weight at all
      const at::Tensor weights = position_weights(discount_, layout, mask);
      log_probabilities = log_probabilities * (weights / (weights.sum(1, /*keepdim=*/true) + kEps));
    }
    const at::Tensor losses = at::where(mask, log_probabilities, at::zeros_like(log_probabilities)).sum(1).neg();
    // Lists of one document teach nothing: no gradient at all, as in the reference. Rounding would leave a little, of which Adam makes
    // much.
    if (!losses.any().item<bool>()) return matrix.sum() * 0;
    return losses.mean();
  }

 protected:
  PListMleLoss(const LossParameters& parameters, RankDiscount discount)
      : ListLoss(parameters), discount_(discount), respect_input_order_(parameters.boolean("respect_input_order", true)) {}

  LossConfig unweighted_config() const {
    return {{"activation_fn", activation()}, {"mini_batch_size", mini_batch_size()}, {"respect_input_order", respect_input_order_}};
  }

 private:
  RankDiscount discount_;
  bool respect_input_order_;
};

class ListMleLoss final : public PListMleLoss {
 public:
  explicit ListMleLoss(const LossParameters& parameters) : PListMleLoss(parameters, RankDiscount::kNone) {}

  std::string_view name() const override { return kListMle.name; }
  std::string_view full_name() const override { return "sentence_transformers.cross_encoder.losses.list_mle.ListMLELoss"; }
  LossConfig config() const override { return unweighted_config(); }
  std::string_view citation() const override { return kListMleCitation; }
};

}  // namespace

const LossEntry kListMle = {"ListMLELoss", "list_mle", kListMleParameters, make_loss_of<ListMleLoss>};

const LossEntry kPListMle = {"PListMLELoss", "plist_mle", kPListMleParameters, make_loss_of<PListMleLoss>};

}  // namespace crossrank
