// ListNetLoss: the cross entropy between the softmax of the labels and that of the logits, list by list.
#include <ATen/ops/cross_entropy_loss.h>

#include <limits>

#include "train/losses/list_loss.h"
#include "train/losses/losses.h"

namespace crossrank {
namespace {

constexpr std::string_view kParameters[] = {"activation_fn", "mini_batch_size"};

constexpr std::string_view kCitation = R"(
@inproceedings{cao2007learning,
    title={Learning to Rank: From Pairwise Approach to Listwise Approach},
    author={Cao, Zhe and Qin, Tao and Liu, Tie-Yan and Tsai, Ming-Feng and Li, Hang},
    booktitle={Proceedings of the 24th international conference on Machine learning},
    pages={129--136},
    year={2007}
}
)";

class ListNetLoss final : public ListLoss {
 public:
  using ListLoss::ListLoss;

  std::string_view name() const override { return kListNet.name; }
  std::string_view full_name() const override { return "sentence_transformers.cross_encoder.losses.list_net.ListNetLoss"; }
  LossConfig config() const override { return {{"activation_fn", activation()}, {"mini_batch_size", mini_batch_size()}}; }
  std::string_view citation() const override { return kCitation; }

  at::Tensor value(const at::Tensor& logits, const LossBatch& batch) const override {
    const ListLayout layout(batch, logits);
    // Finite where there is no document: minus infinity times its probability, 0, would not be a number.
    constexpr double kNoDocument = -1e16;
    const at::Tensor wanted = layout.labels(-std::numeric_limits<double>::infinity()).softmax(1);
    return at::cross_entropy_loss(layout.matrix(scores(logits), kNoDocument), wanted);
  }
};

}  // namespace

const LossEntry kListNet = {"ListNetLoss", "list_net", kParameters, make_loss_of<ListNetLoss>};

}  // namespace crossrank
