// Loss: which pairs a batch is scored by, and the number that their logits make. Twelve of them in losses/, by the reference's names
// and with its parameters.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "crossrank/text_pair.h"
#include "run/mersenne_twister.h"

namespace crossrank {

/// A column of a batch: a text a row, or a list of texts a row.
using TextColumn = std::variant<std::vector<std::string>, std::vector<std::vector<std::string>>>;

/// A batch of rows: the columns in the data set's order without the label, and the labels of each row (one, or a list). No labels: empty.
struct LossBatch {
  std::vector<TextColumn> columns;
  std::vector<std::vector<double>> labels;
  int64_t rows() const;
};

/// What a data set offers to a loss, known from its first row, so that a recipe that cannot work ends before an hour is spent.
struct DatasetShape {
  std::vector<std::string> columns;  // without the label
  std::vector<bool> is_list;         // a list of texts a row
  bool has_label = false;
  bool label_is_list = false;
  std::string where;  // of the first row, for messages
};

/// One row of a data set as far as a loss can find fault with it before anything is scored.
struct LossRow {
  std::vector<int64_t> texts;  // how many each column holds: 1, or the length of its list
  std::vector<double> labels;
  std::string where;  // file and row, for messages
};

/// Parameters in the order in which the model card lists them.
using LossConfig = std::vector<std::pair<std::string, Json>>;

/// Immutable.
class Loss {
 public:
  virtual ~Loss() = default;

  /// "BinaryCrossEntropyLoss".
  virtual std::string_view name() const = 0;
  /// "sentence_transformers.cross_encoder.losses.binary_cross_entropy.BinaryCrossEntropyLoss", by which the model card links to it.
  virtual std::string_view full_name() const = 0;
  /// Its parameters as the model card lists them: the reference's get_config_dict(), and what it leaves out where that was set.
  virtual LossConfig config() const = 0;
  /// BibTeX, begun and ended by a line break as the reference has it, or empty.
  virtual std::string_view citation() const = 0;
  /// Error(kInput) where columns, lists or labels are not what the loss takes, or Error(kUsage) where the model's number of labels is not.
  virtual void check(const DatasetShape& shape, int num_labels) const = 0;
  /// Error(kInput) that begins with `row.where` for labels that the loss cannot take (out of range, a class that the model lacks, too
  /// few) and for lists without a document. For rows of a data set that check() found right.
  virtual void check_row(const LossRow& row, int num_labels) const = 0;

  /// The pairs to score, in the order of `logits`; views of texts of `batch`. Draws from `random` where the reference draws.
  virtual std::vector<TextPair> pairs(const LossBatch& batch, MersenneTwister& random) const = 0;
  /// The loss, a scalar; logits [pairs, num_labels], f32, of the pairs above.
  virtual at::Tensor value(const at::Tensor& logits, const LossBatch& batch) const = 0;
  /// Pairs whose graph is kept at once; 0: all. Where it is not 0 the trainer scores all pairs without a graph, takes the gradient of the
  /// logits, and goes through the pairs again with it (GradCache, arXiv:2101.06983).
  virtual int64_t cached_pairs() const { return 0; }
};

/// The loss of that name, "BinaryCrossEntropyLoss" or "binary_cross_entropy", with an object of parameters; null or the word "none" where
/// the reference takes None. Error(kUsage) names the nearest loss or parameter for one that is unknown, and the parameter for a value
/// that is wrong.
std::unique_ptr<Loss> make_loss(std::string_view name, const Json& parameters);

/// "binary_cross_entropy", ...: the names for recipes.
std::span<const std::string_view> loss_recipe_names();

/// Every name that is a parameter of some loss, each once, so that a recipe can keep them at its top level beside its own keys.
std::vector<std::string_view> loss_parameter_names();

}  // namespace crossrank
