// MarginMSELoss: how much better the positive scores than each negative, against a teacher's margins.
#include <ATen/TensorOperators.h>
#include <ATen/ops/mse_loss.h>

#include "base/error.h"
#include "train/losses/checks.h"
#include "train/losses/logit_activation.h"
#include "train/losses/losses.h"
#include "train/losses/reduction.h"
#include "train/losses/tensors.h"

namespace crossrank {
namespace {

constexpr std::string_view kParameters[] = {"activation_fn", "reduction"};

constexpr std::string_view kCitation = R"(
@misc{hofstätter2021improving,
    title={Improving Efficient Neural Ranking Models with Cross-Architecture Knowledge Distillation},
    author={Sebastian Hofstätter and Sophia Althammer and Michael Schröder and Mete Sertkan and Allan Hanbury},
    year={2021},
    eprint={2010.02666},
    archivePrefix={arXiv},
    primaryClass={cs.IR}
}
)";

// The labels of a row are margins, one a negative, or the scores of the positive and the negatives.
void append_margins(const std::vector<double>& labels, size_t negatives, std::vector<double>& margins) {
  for (size_t i = labels.size() - negatives; i < labels.size(); ++i) {
    const auto label = static_cast<float>(labels[i]);
    margins.push_back(labels.size() == negatives ? label : static_cast<float>(labels[0]) - label);
  }
}

class MarginMseLoss final : public Loss {
 public:
  explicit MarginMseLoss(const LossParameters& parameters) : activation_(parameters), reduction_(reduction_of(parameters)) {}

  std::string_view name() const override { return kMarginMse.name; }
  std::string_view full_name() const override { return "sentence_transformers.cross_encoder.losses.margin_mse.MarginMSELoss"; }
  LossConfig config() const override {
    LossConfig config = {{"activation_fn", activation_.full_name()}};
    list_reduction(reduction_, config);
    return config;
  }
  std::string_view citation() const override { return kCitation; }

  void check(const DatasetShape& shape, int num_labels) const override {
    check_one_label(name(), num_labels);
    const bool texts = shape.columns.size() >= 3 && has_texts_alone(shape);
    const bool one_number_for_many = !shape.label_is_list && shape.columns.size() > 3;
    if (!texts || !shape.has_label || one_number_for_many) {
      refuse_shape(
          name(), shape,
          "columns of texts (query, positive, one negative or more) and as label the margin of the one negative, or a list: a margin a "
          "negative, or the scores of positive and negatives");
    }
  }
  void check_row(const LossRow& row, int) const override {
    const size_t negatives = row.texts.size() - 2;
    if (row.labels.size() != negatives && row.labels.size() != negatives + 1) {
      throw error(ErrorCode::kInput, "{}: {} labels for {} negatives: {} takes {} margins, or {} scores; correct the row", row.where,
                  row.labels.size(), negatives, name(), negatives, negatives + 1);
    }
    check_finite(name(), row);
  }

  std::vector<TextPair> pairs(const LossBatch& batch, MersenneTwister&) const override {
    std::vector<TextPair> pairs;
    for (size_t column = 1; column < batch.columns.size(); ++column) append_pairs(batch, 0, column, pairs);
    return pairs;
  }
  at::Tensor value(const at::Tensor& logits, const LossBatch& batch) const override {
    const int64_t rows = batch.rows();
    const auto negatives = static_cast<int64_t>(batch.columns.size()) - 2;
    const at::Tensor scores = activation_.apply(logits.reshape({-1})).reshape({negatives + 1, rows});
    const at::Tensor margins = (scores.narrow(0, 0, 1) - scores.narrow(0, 1, negatives)).transpose(0, 1);  // [rows, negatives]
    std::vector<double> wanted;
    for (const std::vector<double>& labels : batch.labels) append_margins(labels, static_cast<size_t>(negatives), wanted);
    return at::mse_loss(margins, float_tensor(wanted, logits).reshape({rows, negatives}), reduction_);
  }

 private:
  LogitActivation activation_;
  int64_t reduction_;
};

}  // namespace

const LossEntry kMarginMse = {"MarginMSELoss", "margin_mse", kParameters, make_loss_of<MarginMseLoss>};

}  // namespace crossrank
