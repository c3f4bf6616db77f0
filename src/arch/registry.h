// The architectures that crossrank knows: one file each, one line in registry.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "arch/spec.h"
#include "arch/tensor_table.h"
#include "base/json.h"

namespace crossrank {

/// What an architecture's file makes of a config.json. `names_prefix` is what stands before the encoder's tensor names in the
/// checkpoint at hand ("bert.", "model.", or nothing for a bare encoder).
struct Architecture {
  std::string_view model_type;

  /// Error(kModel or kUnsupported) names the field.
  EncoderSpec (*encoder)(const JsonObject& config);
  /// The head of "...ForSequenceClassification" with `num_labels` outputs.
  HeadSpec (*classification_head)(const JsonObject& config, const EncoderSpec& encoder, int num_labels);
  /// The encoder's tensors, then the classification head's where `head` is not null.
  TensorTable (*tensors)(const JsonObject& config, const EncoderSpec& encoder, const HeadSpec* head, const std::string& names_prefix);
  /// The prefix that the full model puts before its encoder's names ("bert.").
  std::string_view prefix;
  /// The name of a tensor that every checkpoint of this architecture has, without prefix: tells whether the prefix is there.
  std::string_view first_tensor;
};

/// The architecture of a model_type, or nullptr.
const Architecture* find_architecture(std::string_view model_type);

/// "bert, modernbert": for messages.
std::string known_architectures();

}  // namespace crossrank
