#include "arch/config_fields.h"

#include "base/error.h"

namespace crossrank {

int size_field(const JsonObject& config, std::string_view name, int high, int fallback) {
  return static_cast<int>(config.integer(name, 1, high, fallback));
}

AttentionSpec attention_fields(const JsonObject& config, int hidden_size, int default_heads, std::string_view heads) {
  AttentionSpec spec;
  spec.num_heads = size_field(config, heads, kMaxWidth, default_heads);
  if (hidden_size % spec.num_heads != 0) {
    throw config.bad_field(heads, fmt::format("{} does not divide hidden_size {}", spec.num_heads, hidden_size));
  }
  spec.head_dim = hidden_size / spec.num_heads;
  return spec;
}

ActivationKind activation_field(const JsonObject& config, std::string_view name, const char* fallback) {
  const std::string value = config.string(name, fallback);
  const auto kind = activation_from_name(value);
  if (!kind)
    throw error(ErrorCode::kUnsupported, "{}: field {}: activation \"{}\" is not one that crossrank has", config.where(), name, value);
  return *kind;
}

double dropout_field(const JsonObject& config, std::string_view name, double fallback) {
  const double value = config.number(name, fallback);
  if (!(value >= 0 && value < 1)) throw config.bad_field(name, fmt::format("{} is not a probability from 0 to below 1", value));
  return value;
}

double initializer_range(const JsonObject& config) {
  const double value = config.number("initializer_range", 0.02);
  if (!(value >= 0 && value < 1)) throw config.bad_field("initializer_range", fmt::format("{} is no standard deviation of weights", value));
  return value == 0 ? 0.02 : value;  // as Transformers takes a zero
}

float epsilon_field(const JsonObject& config, std::string_view name, double fallback) {
  const double value = config.number(name, fallback);
  if (!(value > 0 && value < 1)) throw config.bad_field(name, fmt::format("{} is not a small positive number", value));
  return static_cast<float>(value);
}

}  // namespace crossrank
