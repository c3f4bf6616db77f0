#include "arch/multiplications.h"

#include <algorithm>
#include <variant>

namespace crossrank {
namespace {

// Pairs of a query and a key it sees: of every row of the sequence, or of one at its end (the first sees as many as the last).
double pairs_seen(const AttentionSpec& attention, int tokens, bool one_row) {
  const double n = tokens;
  const double side = attention.window > 0 ? std::min<double>(attention.window, n - 1) : n - 1;
  if (one_row) return side + 1;
  return n * (2 * side + 1) - side * (side + 1);
}

double of_layer(const EncoderSpec& encoder, const LayerSpec& layer, int tokens, bool one_row) {
  const double hidden = encoder.hidden_size;
  const double rows = one_row ? 1 : tokens;
  const double query_and_out = 2 * hidden * hidden;
  const double mlp = (layer.gated ? 3.0 : 2.0) * hidden * encoder.intermediate_size;
  const double keys_and_values = 2 * hidden * hidden;
  const auto* relative = std::get_if<DisentangledScores>(&layer.attention.relative);
  const double parts = relative == nullptr ? 1 : relative->parts();
  return rows * (query_and_out + mlp) + tokens * keys_and_values + pairs_seen(layer.attention, tokens, one_row) * hidden * (parts + 1);
}

double of_head(const HeadSpec& head) {
  double sum = 0;
  for (const HeadStep& step : head.steps) {
    if (const auto* linear = std::get_if<LinearStep>(&step)) sum += static_cast<double>(linear->in_features) * linear->out_features;
  }
  return sum;
}

}  // namespace

double multiplications(const EncoderSpec& encoder, const HeadSpec& head, int tokens, LastLayer last_layer) {
  if (tokens < 1) return 0;
  const bool reads_one_row = last_layer == LastLayer::kRowsRead && rows_read(head) != QueryRows::kAll;
  const double hidden = encoder.hidden_size;
  double sum = of_head(head);
  if (encoder.embedding_projection != EmbeddingProjection::kNone) sum += tokens * hidden * encoder.embedding_size;
  for (size_t i = 0; i < encoder.layers.size(); ++i) {
    const bool one_row = reads_one_row && i + 1 == encoder.layers.size();
    sum += of_layer(encoder, encoder.layers[i], tokens, one_row);
    if (i == 0 && encoder.convolution) sum += (one_row ? 1 : tokens) * hidden * hidden * encoder.convolution->kernel;
  }
  return sum;
}

}  // namespace crossrank
