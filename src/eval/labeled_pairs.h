// LabeledPairs: pairs of texts with a number each, a class or a gold score, read from any data set.
#pragma once

#include <string>
#include <vector>

#include "crossrank/text_pair.h"
#include "data/dataset.h"

namespace crossrank {

struct LabeledPair {
  std::string where;  // "FILE:LINE", for errors
  std::string first, second;
  double label = 0;
};

/// Columns of labeled pairs. Empty ones are found: the label by its name (label, labels, score, scores), the texts as "sentence1" and
/// "sentence2", or as the two columns that are left.
struct LabeledPairFields {
  std::string first, second, label;

  static constexpr void visit(auto& self, auto&& field) {
    field("text1-field", self.first, "column with the first text (default: sentence1, else the first that is no label)");
    field("text2-field", self.second, "column with the second text (default: sentence2, else the other that is no label)");
    field("label-field", self.label, "column with the label (default: label, labels, score or scores)");
  }
};

/// All rows. A label is a number, true or false, or a text that spells a number. Error(kInput) that names the row and the field.
std::vector<LabeledPair> read_labeled_pairs(DatasetReader& reader, const LabeledPairFields& fields = {});

/// Views of the pairs' texts.
std::vector<TextPair> text_pairs(const std::vector<LabeledPair>& pairs);

}  // namespace crossrank
