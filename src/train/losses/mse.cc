// MSELoss: a logit a pair against a teacher's score.
#include <ATen/ops/mse_loss.h>

#include "train/losses/labeled_pair_loss.h"
#include "train/losses/logit_activation.h"
#include "train/losses/losses.h"
#include "train/losses/reduction.h"
#include "train/losses/tensors.h"

namespace crossrank {
namespace {

constexpr std::string_view kParameters[] = {"activation_fn", "reduction"};

class MseLoss final : public LabeledPairLoss {
 public:
  explicit MseLoss(const LossParameters& parameters) : activation_(parameters), reduction_(reduction_of(parameters)) {}

  std::string_view name() const override { return kMse.name; }
  std::string_view full_name() const override { return "sentence_transformers.cross_encoder.losses.mse.MSELoss"; }
  LossConfig config() const override {
    LossConfig config = {{"activation_fn", activation_.full_name()}};
    list_reduction(reduction_, config);
    return config;
  }
  at::Tensor value(const at::Tensor& logits, const LossBatch& batch) const override {
    return at::mse_loss(activation_.apply(logits.reshape({-1})), row_labels(batch.labels, logits), reduction_);
  }

 protected:
  void check_label(double, const LossRow&, int) const override {}  // every finite number is a score

 private:
  LogitActivation activation_;
  int64_t reduction_;
};

}  // namespace

const LossEntry kMse = {"MSELoss", "mse", kParameters, make_loss_of<MseLoss>};

}  // namespace crossrank
