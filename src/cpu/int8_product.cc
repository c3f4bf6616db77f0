#include "cpu/int8_product.h"

#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "cpu/int8_pairs.h"
#include "cpu/int8_quads.h"
#include "cpu/isa.h"
#include "cpu/panel_product.h"

namespace crossrank {
namespace {

constexpr const char* kLayoutVariable = "CROSSRANK_INT8_LAYOUT";

template <typename T>
void grow_to(std::vector<T>& buffer, size_t count) {
  if (buffer.size() < count) buffer.resize(count);
}

}  // namespace

Int8Layout int8_layout() {
  const char* wanted = std::getenv(kLayoutVariable);
  if (wanted == nullptr) return int8_quads_have_instructions() ? Int8Layout::kQuads : Int8Layout::kPairs;
  if (wanted == std::string_view("pairs")) return Int8Layout::kPairs;
  if (wanted == std::string_view("quads")) return Int8Layout::kQuads;
  throw error(ErrorCode::kUsage, "{} is \"{}\": set it to pairs or quads, or unset it", kLayoutVariable, wanted);
}

std::string int8_implementation(Int8Layout layout) {
  if (layout == Int8Layout::kPairs) return "int8 pairs:" + instruction_set_in_use();
  return "int8 quads:" + instruction_set_in_use() + (int8_quads_have_instructions() ? "_vnni" : "");
}

int int8_panel_width() noexcept { return panel_width(); }

size_t int8_panel_size(Int8Layout layout, int in_features, int width) noexcept {
  const int groups = layout == Int8Layout::kPairs ? pair_slices(in_features).groups : quad_slices(in_features).groups;
  return static_cast<size_t>(groups) * static_cast<size_t>(layout == Int8Layout::kPairs ? 2 : 4) * static_cast<size_t>(width);
}

size_t int8_panel_scales(Int8Layout layout, int in_features, int width) noexcept {
  const int rows = layout == Int8Layout::kPairs ? 1 : kQuadScales * quad_slices(in_features).count;
  return static_cast<size_t>(rows) * static_cast<size_t>(width);
}

void write_int8_panel(Int8Layout layout, const float* rows, int count, int in_features, int width, int8_t* panel, float* scales) {
  std::fill_n(panel, int8_panel_size(layout, in_features, width), int8_t{0});
  std::fill_n(scales, int8_panel_scales(layout, in_features, width), 0.0f);
  if (layout == Int8Layout::kPairs) {
    write_pairs(rows, count, in_features, width, panel, scales);
  } else {
    write_quads(rows, count, in_features, width, panel, scales);
  }
}

void Int8Rows::start(Int8Layout layout_of_rows, int count, int features) {
  layout = layout_of_rows;
  rows = count;
  in_features = features;
  const auto n = static_cast<size_t>(count);
  if (layout == Int8Layout::kPairs) {
    grow_to(pairs, n * 2 * static_cast<size_t>(pair_slices(in_features).groups));
    grow_to(scales, n);
  } else {
    const Int8Slices slices = quad_slices(in_features);
    grow_to(quads, n * 4 * static_cast<size_t>(slices.groups));
    grow_to(scales, n * 2 * static_cast<size_t>(slices.count));
  }
}

void round_int8_rows(ConstMatrixView x, int first, Int8Rows& rows) noexcept {
  rows.layout == Int8Layout::kPairs ? round_to_pairs(x, first, rows) : round_to_quads(x, first, rows);
}

void round_int8_rows(ConstBf16View x, int first, Int8Rows& rows) noexcept {
  rows.layout == Int8Layout::kPairs ? round_to_pairs(x, first, rows) : round_to_quads(x, first, rows);
}

void int8_product(const Int8Weights& weights, const Int8Rows& rows, MatrixView out, float* scratch) noexcept {
  weights.layout == Int8Layout::kPairs ? multiply_pairs(weights, rows, out, scratch) : multiply_quads(weights, rows, out, scratch);
}

void int8_product(const Int8Weights& weights, const Int8Rows& rows, Bf16View out, float* scratch) noexcept {
  weights.layout == Int8Layout::kPairs ? multiply_pairs(weights, rows, out, scratch) : multiply_quads(weights, rows, out, scratch);
}

size_t int8_product_scratch(int rows) noexcept { return static_cast<size_t>(rows) * static_cast<size_t>(int8_panel_width()); }

}  // namespace crossrank
