// BinaryCrossEntropyLoss: a logit a pair against a label in [0, 1].
#include <ATen/ops/binary_cross_entropy_with_logits.h>

#include "base/error.h"
#include "train/losses/labeled_pair_loss.h"
#include "train/losses/logit_activation.h"
#include "train/losses/losses.h"
#include "train/losses/reduction.h"
#include "train/losses/tensors.h"

namespace crossrank {
namespace {

constexpr std::string_view kParameters[] = {"activation_fn", "pos_weight", "weight", "reduction"};

// As the reference lists it: a whole number stays one, others are what they are in f32.
Json listed_weight(const Json& given) { return given.is_number_float() ? Json(double{given.get<float>()}) : given; }

class BinaryCrossEntropyLoss final : public LabeledPairLoss {
 public:
  explicit BinaryCrossEntropyLoss(const LossParameters& parameters)
      : activation_(parameters),
        pos_weight_(parameters.optional_number("pos_weight", {.low = 0})),
        weight_(parameters.optional_number("weight", {.low = 0})),
        reduction_(reduction_of(parameters)),
        listed_pos_weight_(pos_weight_ ? listed_weight(*parameters.find("pos_weight")) : Json()) {}

  std::string_view name() const override { return kBinaryCrossEntropy.name; }
  std::string_view full_name() const override {
    return "sentence_transformers.cross_encoder.losses.binary_cross_entropy.BinaryCrossEntropyLoss";
  }
  LossConfig config() const override {
    LossConfig config = {{"activation_fn", activation_.full_name()}, {"pos_weight", listed_pos_weight_}};
    if (weight_) config.emplace_back("weight", *weight_);
    list_reduction(reduction_, config);
    return config;
  }
  at::Tensor value(const at::Tensor& logits, const LossBatch& batch) const override {
    const at::Tensor scores = activation_.apply(logits.reshape({-1}));
    const auto constant = [&](std::optional<double> number) { return number ? float_tensor({*number}, logits) : at::Tensor(); };
    return at::binary_cross_entropy_with_logits(scores, row_labels(batch.labels, logits), constant(weight_), constant(pos_weight_),
                                                reduction_);
  }

 protected:
  void check_label(double label, const LossRow& row, int) const override {
    if (label >= 0 && label <= 1) return;
    throw error(ErrorCode::kInput, "{}: label {}: {} takes 0 to 1; scale the labels, or use MSELoss", row.where, label, name());
  }

 private:
  LogitActivation activation_;
  std::optional<double> pos_weight_, weight_;
  int64_t reduction_;
  Json listed_pos_weight_;
};

}  // namespace

const LossEntry kBinaryCrossEntropy = {"BinaryCrossEntropyLoss", "binary_cross_entropy", kParameters, make_loss_of<BinaryCrossEntropyLoss>};

}  // namespace crossrank
