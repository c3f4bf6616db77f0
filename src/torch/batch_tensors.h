// BatchTensors: a packed batch on a device: ids, positions, and where sequences lie when they are padded to one length.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <vector>

#include "arch/spec.h"
#include "text/packed_batch.h"

namespace crossrank {

/// Numbers of rows, in the type of indices.
at::Tensor indices_on_device(const std::vector<int32_t>& values, c10::Device device);

/// Made once a batch, so that no operation has to send indices to the device again. Immutable.
struct BatchTensors {
  BatchTensors(const PackedBatch& batch, c10::Device device);

  PackedBatch packed;
  std::vector<int64_t> lengths;         // [sequences]
  at::Tensor ids, type_ids, positions;  // [tokens]
  at::Tensor sequence_of;               // [tokens]
  at::Tensor slots;                     // [tokens]: sequence * max_seqlen + position
  at::Tensor first, last;               // [sequences]: rows of the first and the last token
  at::Tensor lengths_on_device;         // [sequences]

  /// Rows of the queries: nothing for kAll, else `first` or `last`.
  const at::Tensor& rows(QueryRows which) const { return which == QueryRows::kFirst ? first : last; }
  /// Positions of the queries in their sequences: [tokens] or [sequences].
  at::Tensor query_positions(QueryRows which) const;
};

}  // namespace crossrank
