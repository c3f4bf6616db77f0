// Any bytes as a config.json: an Error, or a description that hangs together and whose size the file did not choose.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "arch/registry.h"
#include "arch/settings.h"
#include "base/json.h"

namespace {

using namespace crossrank;

void require(bool condition) {
  if (!condition) std::abort();
}

void read_config(const JsonObject& config) {
  const Architecture* known = find_architecture(config.string("model_type"));
  if (known == nullptr) return;
  const EncoderSpec encoder = known->encoder(config);
  require(encoder.hidden_size > 0 && encoder.vocab_size > 0 && encoder.max_positions > 0 && !encoder.layers.empty());
  for (const LayerSpec& layer : encoder.layers) {
    require(layer.attention.num_heads * layer.attention.head_dim == encoder.hidden_size);
    require(layer.attention.window >= 0);
  }
  const int labels = num_labels(config);
  const HeadSpec head = known->classification_head(config, encoder, labels);
  require(head.num_outputs == labels && labels > 0);
  require(label_names(config, labels).size() <= static_cast<size_t>(labels));
  (void)resolve_activation(config, nullptr, labels);
  const TensorTable table = known->tensors(config, encoder, &head, std::string(known->prefix));
  for (const TensorRow& row : table.rows) {
    for (const int64_t extent : row.shape) require(extent > 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const Json json = parse_json(std::string_view(reinterpret_cast<const char*>(data), size), "config.json", ErrorCode::kModel);
    read_config(JsonObject(json, "config.json", ErrorCode::kModel));
  } catch (const Error&) {
  }
  return 0;
}
