// Fields that config.json files of several architectures share, read with the limits that keep absurd numbers out.
#pragma once

#include <string_view>

#include "arch/spec.h"
#include "base/json.h"

namespace crossrank {

// Generous bounds: ten times the largest encoder in use. Every size that passes is checked again against the tensors.
inline constexpr int kMaxWidth = 1 << 16;
inline constexpr int kMaxLayers = 1 << 10;
inline constexpr int kMaxRows = 1 << 24;  // vocabulary, positions, segments
inline constexpr int kMaxConvolution = 1 << 8;

/// A size from 1 to `high`; the default where the field is absent, as the reference's configuration class has it.
int size_field(const JsonObject& config, std::string_view name, int high, int fallback);

/// hidden_size and the number of heads in field `heads` to heads of a width; Error when one does not divide the other.
AttentionSpec attention_fields(const JsonObject& config, int hidden_size, int default_heads,
                               std::string_view heads = "num_attention_heads");

/// An activation by its Transformers name; Error(kUnsupported) names one that crossrank does not have.
ActivationKind activation_field(const JsonObject& config, std::string_view name, const char* fallback);

/// A probability of dropout, from 0 to below 1.
double dropout_field(const JsonObject& config, std::string_view name, double fallback);

/// initializer_range: the standard deviation of weights that are drawn.
double initializer_range(const JsonObject& config);

/// A positive epsilon below 1.
float epsilon_field(const JsonObject& config, std::string_view name, double fallback);

}  // namespace crossrank
