// Loss: which pairs a batch is scored by, and the number that their logits make. Twelve of them, one file each in losses/, by the
// reference's names and with its parameters.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "crossrank/text_pair.h"
#include "train/mersenne_twister.h"

namespace crossrank {

/// A column of a batch: a text a row, or a list of texts a row.
using TextColumn = std::variant<std::vector<std::string>, std::vector<std::vector<std::string>>>;

/// A batch of rows: the columns in the data set's order without the label, and the labels of each row (one, or a list). No labels: empty.
struct LossBatch {
  std::vector<TextColumn> columns;
  std::vector<std::vector<double>> labels;
  int64_t rows() const;
};

/// The pairs of one batch, and what of the batch the loss needs to read their logits. The texts point into the LossBatch or `owned`.
struct LossPairs {
  std::vector<TextPair> pairs;
};

/// What a data set offers to a loss, known from its first row, so that a recipe that cannot work ends before an hour is spent.
struct DatasetShape {
  std::vector<std::string> columns;  // without the label
  std::vector<bool> is_list;         // a list of texts a row
  bool has_label = false;
  bool label_is_list = false;
  std::string where;  // of the first row, for messages
};

/// Immutable.
class Loss {
 public:
  virtual ~Loss() = default;

  /// "BinaryCrossEntropyLoss".
  virtual std::string_view name() const = 0;
  /// Its parameters as the model card lists them: the reference's get_config_dict().
  virtual Json config() const = 0;
  /// BibTeX, or empty.
  virtual std::string_view citation() const = 0;
  /// Error(kInput) where columns, lists or labels are not what the loss takes, or Error(kUsage) where the model's number of labels is not.
  virtual void check(const DatasetShape& shape, int num_labels) const = 0;
  /// Error(kInput) that begins with `where` for labels that the loss cannot take (out of range, a class that the model lacks).
  virtual void check_labels(const std::vector<double>& labels, int num_labels, std::string_view where) const = 0;

  /// The pairs to score, in the order of `logits`. Draws from `random` where the reference draws.
  virtual LossPairs pairs(const LossBatch& batch, MersenneTwister& random) const = 0;
  /// The loss, a scalar; logits [pairs, num_labels], f32, of the pairs above.
  virtual at::Tensor value(const at::Tensor& logits, const LossBatch& batch) const = 0;
  /// Pairs whose graph is kept at once; 0: all. Where it is not 0 the trainer scores all pairs without a graph, takes the gradient of the
  /// logits, and goes through the pairs again with it (GradCache, arXiv:2101.06983).
  virtual int64_t cached_pairs() const { return 0; }
};

}  // namespace crossrank
