#include "torch/batch_tensors.h"

#include <ATen/ops/from_blob.h>

namespace crossrank {
namespace {

at::Tensor on_device(std::vector<int64_t>& values, c10::Device device) {
  return at::from_blob(values.data(), {static_cast<int64_t>(values.size())}, at::TensorOptions(at::kLong)).clone().to(device);
}

}  // namespace

at::Tensor indices_on_device(const std::vector<int32_t>& values, c10::Device device) {
  std::vector<int64_t> wide(values.begin(), values.end());
  return on_device(wide, device);
}

BatchTensors::BatchTensors(const PackedBatch& batch, c10::Device device) : packed(batch) {
  std::vector<int64_t> sequences, padded, begins, ends;
  for (int s = 0; s < batch.sequences(); ++s) {
    lengths.push_back(batch.length(s));
    begins.push_back(batch.cu_seqlens[static_cast<size_t>(s)]);
    ends.push_back(batch.cu_seqlens[static_cast<size_t>(s) + 1] - 1);
    for (int64_t i = 0; i < lengths.back(); ++i) {
      sequences.push_back(s);
      padded.push_back(int64_t{s} * batch.max_seqlen + i);
    }
  }
  ids = indices_on_device(batch.ids, device);
  type_ids = indices_on_device(batch.type_ids, device);
  positions = indices_on_device(batch.position_ids, device);
  sequence_of = on_device(sequences, device);
  slots = on_device(padded, device);
  first = on_device(begins, device);
  last = on_device(ends, device);
  lengths_on_device = on_device(lengths, device);
}

at::Tensor BatchTensors::query_positions(QueryRows which) const {
  return which == QueryRows::kAll ? positions : positions.index_select(0, rows(which));
}

}  // namespace crossrank
