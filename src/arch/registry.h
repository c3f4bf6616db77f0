// The architectures that crossrank knows: one file each, one line in registry.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "arch/spec.h"
#include "arch/tensor_table.h"
#include "base/json.h"

namespace crossrank {

/// How Transformers draws the matrices of a head that a checkpoint lacks; biases are zero, a norm's weights one.
struct HeadInitialisation {
  double std = 0.02;                   // of the normal draw that every matrix gets
  double cutoff = 0;                   // 0: that draw stands; else another replaces it, of `final_std`, cut off at so many of it
  std::vector<double> final_std = {};  // by step of HeadSpec
};

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
  HeadInitialisation (*head_initialisation)(const JsonObject& config, const EncoderSpec& encoder);
  /// Transformers' class of the encoder with that head.
  std::string_view classifier_class;
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
