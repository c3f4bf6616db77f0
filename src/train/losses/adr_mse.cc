// ADRMSELoss: the squared distance between true ranks and ranks made smooth, discounted by the true rank.
#include <ATen/TensorOperators.h>
#include <ATen/ops/sigmoid.h>

#include "train/losses/list_loss.h"
#include "train/losses/losses.h"

namespace crossrank {
namespace {

constexpr std::string_view kParameters[] = {"alpha", "activation_fn", "mini_batch_size"};

constexpr std::string_view kCitation = R"(
@inproceedings{schlatt2025rankdistillm,
    title={Rank-DistiLLM: Closing the Effectiveness Gap Between Cross-Encoders and LLMs for Passage Re-ranking},
    author={Schlatt, Ferdinand and Fröbe, Maik and Scells, Harrisen and Zhuang, Shengyao and Koopman, Bevan and Zuccon, Guido and Stein, Benno and Potthast, Martin and Hagen, Matthias},
    booktitle={Advances in Information Retrieval (ECIR 2025)},
    year={2025},
    doi={10.1007/978-3-031-88714-7_31},
}
)";

class AdrMseLoss final : public ListLoss {
 public:
  explicit AdrMseLoss(const LossParameters& parameters)
      : ListLoss(parameters), alpha_(parameters.number("alpha", 1.0)), listed_alpha_(parameters.listed("alpha", 1.0)) {}

  std::string_view name() const override { return kAdrMse.name; }
  std::string_view full_name() const override { return "sentence_transformers.cross_encoder.losses.adr_mse.ADRMSELoss"; }
  LossConfig config() const override {
    return {{"alpha", listed_alpha_}, {"activation_fn", activation()}, {"mini_batch_size", mini_batch_size()}};
  }
  std::string_view citation() const override { return kCitation; }

  // Below, [rows, i, j]: how document j stands to document i. Ranks count from 1; documents of equal label share the middle of theirs.
  at::Tensor value(const at::Tensor& logits, const LossBatch& batch) const override {
    const ListLayout layout(batch, logits);
    const at::Tensor mask = layout.mask();
    const at::Tensor present = mask.to(at::kFloat);
    const at::Tensor labels = layout.labels(0);
    const at::Tensor other = labels.unsqueeze(1), own = labels.unsqueeze(2);
    const at::Tensor greater = ((other > own) & mask.unsqueeze(1)).sum(-1).to(at::kFloat);
    const at::Tensor equal = ((other == own) & mask.unsqueeze(1)).sum(-1).to(at::kFloat);
    const at::Tensor ranks = greater + (equal + 1.0) / 2.0;

    constexpr double kNoDocument = -1e16;
    const at::Tensor matrix = layout.matrix(scores(logits), kNoDocument);
    const at::Tensor ahead = at::sigmoid((matrix.unsqueeze(1) - matrix.unsqueeze(2)) * alpha_) * present.unsqueeze(1);
    const at::Tensor smooth_ranks = ahead.sum(2) + 1.0 - present * 0.5;  // a document is half ahead of itself

    const at::Tensor terms = (ranks - smooth_ranks).pow(2) / (ranks + 1.0).log2() * present;
    return terms.sum() / mask.sum();
  }

 private:
  double alpha_;
  Json listed_alpha_;
};

}  // namespace

const LossEntry kAdrMse = {"ADRMSELoss", "adr_mse", kParameters, make_loss_of<AdrMseLoss>};

}  // namespace crossrank
