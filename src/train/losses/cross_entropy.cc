// CrossEntropyLoss: a logit a class against the number of the right one.
#include <ATen/ops/cross_entropy_loss.h>

#include <cmath>

#include "base/error.h"
#include "train/losses/labeled_pair_loss.h"
#include "train/losses/logit_activation.h"
#include "train/losses/losses.h"
#include "train/losses/reduction.h"
#include "train/losses/tensors.h"

namespace crossrank {
namespace {

constexpr std::string_view kParameters[] = {"activation_fn", "weight", "ignore_index", "reduction", "label_smoothing"};
constexpr int64_t kIgnoreIndex = -100;  // torch's default

class CrossEntropyLoss final : public LabeledPairLoss {
 public:
  explicit CrossEntropyLoss(const LossParameters& parameters)
      : activation_(parameters),
        weight_(parameters.optional_numbers("weight", {.low = 0})),
        ignore_index_(
            parameters.optional_integer("ignore_index", kIgnoreIndex, std::numeric_limits<int32_t>::min()).value_or(kIgnoreIndex)),
        reduction_(reduction_of(parameters)),
        label_smoothing_(parameters.number("label_smoothing", 0, {.low = 0, .high = 1})) {}

  std::string_view name() const override { return kCrossEntropy.name; }
  std::string_view full_name() const override { return "sentence_transformers.cross_encoder.losses.cross_entropy.CrossEntropyLoss"; }
  // The reference lists nothing.
  LossConfig config() const override {
    LossConfig config;
    if (activation_.full_name() != "torch.nn.modules.linear.Identity") config.emplace_back("activation_fn", activation_.full_name());
    if (weight_) config.emplace_back("weight", *weight_);
    if (ignore_index_ != kIgnoreIndex) config.emplace_back("ignore_index", ignore_index_);
    list_reduction(reduction_, config);
    if (label_smoothing_ != 0) config.emplace_back("label_smoothing", label_smoothing_);
    return config;
  }
  at::Tensor value(const at::Tensor& logits, const LossBatch& batch) const override {
    const at::Tensor classes = row_labels(batch.labels, logits).to(at::kLong);
    const at::Tensor weight = weight_ ? float_tensor(*weight_, logits) : at::Tensor();
    return at::cross_entropy_loss(activation_.apply(logits), classes, weight, reduction_, ignore_index_, label_smoothing_);
  }

 protected:
  void check_model(int num_labels) const override {
    if (num_labels < 2) {
      throw error(ErrorCode::kUsage,
                  "{} needs a model with two labels or more, and this one has {}; set num_labels to the number of classes", name(),
                  num_labels);
    }
    if (weight_ && weight_->size() != static_cast<size_t>(num_labels)) {
      throw error(ErrorCode::kUsage, "{}: parameter weight: {} numbers for a model with {} labels; give one a label", name(),
                  weight_->size(), num_labels);
    }
  }
  void check_label(double label, const LossRow& row, int num_labels) const override {
    const bool is_class = label >= 0 && label < num_labels && label == std::floor(label);
    if (is_class || label == static_cast<double>(ignore_index_)) return;
    throw error(ErrorCode::kInput, "{}: label {}: {} takes the number of a class, 0 to {}; correct the row, or raise num_labels", row.where,
                label, name(), num_labels - 1);
  }

 private:
  LogitActivation activation_;
  std::optional<std::vector<double>> weight_;
  int64_t ignore_index_, reduction_;
  double label_smoothing_;
};

}  // namespace

const LossEntry kCrossEntropy = {"CrossEntropyLoss", "cross_entropy", kParameters, make_loss_of<CrossEntropyLoss>};

}  // namespace crossrank
