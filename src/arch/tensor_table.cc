#include "arch/tensor_table.h"

namespace crossrank {

void TensorTable::add_linear(const std::string& prefix, int64_t out_features, int64_t in_features, bool bias, TensorRole role, int layer,
                             int64_t first_row, const std::string& file) {
  rows.push_back({prefix + ".weight", {out_features, in_features}, role, TensorPart::kWeight, layer, first_row, file});
  if (bias) rows.push_back({prefix + ".bias", {out_features}, role, TensorPart::kBias, layer, first_row, file});
}

void TensorTable::add_norm(const std::string& prefix, int64_t features, bool bias, TensorRole role, int layer, const std::string& file) {
  rows.push_back({prefix + ".weight", {features}, role, TensorPart::kWeight, layer, 0, file});
  if (bias) rows.push_back({prefix + ".bias", {features}, role, TensorPart::kBias, layer, 0, file});
}

}  // namespace crossrank
