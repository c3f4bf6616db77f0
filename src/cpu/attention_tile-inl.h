// attention_tile: what attention forward and backward are made of, for one instruction set at a time. Products are tiles of rows times two
// vectors held in registers, summed in rising order of the inner index, so that no result depends on the tiling.
#if defined(CROSSRANK_CPU_ATTENTION_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSRANK_CPU_ATTENTION_TILE_INL_H_
#undef CROSSRANK_CPU_ATTENTION_TILE_INL_H_
#else
#define CROSSRANK_CPU_ATTENTION_TILE_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "cpu/attention_plan.h"
#include "cpu/dropout-inl.h"
#include "cpu/operands-inl.h"
#include "cpu/unrolled-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Full = hn::ScalableTag<float>;
using One = hn::CappedTag<float, 1>;
using Vector = hn::Vec<Full>;

constexpr int kLanes = static_cast<int>(hn::MaxLanes(Full()));
constexpr int kPanel = 2 * kLanes;
constexpr int kPanelBits = kLanes == 16 ? 5 : kLanes == 8 ? 4 : kLanes == 4 ? 3 : kLanes == 2 ? 2 : 1;
static_assert(1 << kPanelBits == kPanel);
// 2 * kTileRows sums, two vectors of b and one of a fill 32 or 16 registers.
constexpr int kTileRows = kLanes == 16 ? 12 : 6;
// Far below every score, and finite: 2^(kMasked - maximum) is 0 without a NaN on the way.
constexpr float kMasked = -1e30f;

// Of operands in slots; depth is counted in them. `panels` of b are multiplied one after the other, for columns of c side by side.
struct Product {
  const float* a;  // [rows, depth], or [depth, rows] where it is transposed
  int64_t a_stride;
  const float* b;  // [depth, vectors of columns]
  int64_t b_stride;
  int depth;
  float* c;  // [rows, vectors of columns]
  int64_t c_stride;
  int panels = 1;
  int64_t b_panel = 0;  // from one to the next
  // Of whole numbers alone, as their TileSums say: of rows [rows] and of all panels' columns.
  const int32_t* row_starts = nullptr;
  const float* row_scales = nullptr;
  const float* row_shrink = nullptr;
  const float* column_scales = nullptr;
  const float* column_logs = nullptr;
};

// What a tile's sums begin as, and what becomes of them in c, for every kind of operands; this one for those whose sums are floats.
template <class Operands>
struct TileSums {
  explicit TileSums(const Product& /*product*/) {}

  template <bool kAccumulate>
  HWY_INLINE Vector begin(int /*row*/, const float* c) const {
    return kAccumulate ? hn::LoadU(Full(), c) : hn::Zero(Full());
  }
  template <bool kAccumulate>
  HWY_INLINE void end(Vector sum, int /*row*/, int /*column*/, float* c) const {
    hn::StoreU(sum, Full(), c);
  }
};

// c = a b, or c += a b.
template <int kRows, int kVectors, bool kAccumulate, bool kTransposed, class Operands>
HWY_NOINLINE void multiply_tile(const Product& product) {
  const Full d;
  // Copies: for all that the compiler knows, a sum that is stored may change what `product` says.
  const int64_t a_stride = product.a_stride, b_stride = product.b_stride, c_stride = product.c_stride, b_panel = product.b_panel;
  const int depth = product.depth;
  const TileSums<Operands> kind(product);
  const float* HWY_RESTRICT panel = product.b;
  float* HWY_RESTRICT c = product.c;
  int column = 0;
  for (int left = product.panels; left > 0; --left, panel += b_panel, c += kVectors * kLanes, column += kVectors * kLanes) {
    const float* HWY_RESTRICT a = product.a;
    const float* HWY_RESTRICT b = panel;
    Vector sums[kRows][kVectors];
    for_each_of<kRows>([&](auto r) CROSSRANK_UNROLLED {
      for_each_of<kVectors>([&](auto v)
                                CROSSRANK_UNROLLED { sums[r][v] = kind.template begin<kAccumulate>(r, c + r * c_stride + v * kLanes); });
    });
    for (int k = 0; k < depth; ++k) {
      Vector columns[kVectors];
      for_each_of<kVectors>([&](auto v) CROSSRANK_UNROLLED { columns[v] = hn::LoadU(d, b + v * kLanes); });
      for_each_of<kRows>([&](auto r) CROSSRANK_UNROLLED {
        const auto value = hn::Set(d, kTransposed ? a[k * a_stride + r] : a[r * a_stride + k]);
        for_each_of<kVectors>([&](auto v) CROSSRANK_UNROLLED { sums[r][v] = Operands::add_products(value, columns[v], sums[r][v]); });
      });
      b += b_stride;
    }
    for_each_of<kRows>([&](auto r) CROSSRANK_UNROLLED {
      for_each_of<kVectors>([&](auto v) CROSSRANK_UNROLLED {
        kind.template end<kAccumulate>(sums[r][v], r, column + v * kLanes, c + r * c_stride + v * kLanes);
      });
    });
  }
}

using Multiply = void (*)(const Product&);

template <int kVectors, bool kAccumulate, bool kTransposed, class Operands, int... kRows>
HWY_INLINE Multiply choose_multiply(int rows, std::integer_sequence<int, kRows...>) {
  static constexpr Multiply kTable[] = {&multiply_tile<kRows + 1, kVectors, kAccumulate, kTransposed, Operands>...};
  return kTable[rows - 1];
}

template <int kVectors, bool kAccumulate, bool kTransposed = false, class Operands = Floats>
HWY_INLINE void multiply(int rows, const Product& product) {
  choose_multiply<kVectors, kAccumulate, kTransposed, Operands>(rows, std::make_integer_sequence<int, kTileRows>())(product);
}

// c [rows, width] = a b, or c += a b; width a multiple of kLanes.
template <bool kAccumulate, bool kTransposed = false, class Operands = Floats>
HWY_INLINE void multiply_columns(int rows, int width, Product product) {
  product.panels = width / kPanel;
  product.b_panel = kPanel;
  multiply<2, kAccumulate, kTransposed, Operands>(rows, product);
  if (width % kPanel == 0) return;
  product.b += int64_t{product.panels} * kPanel;
  product.c += int64_t{product.panels} * kPanel;
  product.panels = 1;
  multiply<1, kAccumulate, kTransposed, Operands>(rows, product);
}

// Calls body(first, rows) for tiles of `count` rows. They are as even as they can be, so that none has one row alone.
template <int kMostRows = kTileRows, class Body>
HWY_INLINE void for_tiles(int count, const Body& body) {
  const int tiles = (count + kMostRows - 1) / kMostRows;
  for (int t = 0, first = 0; t < tiles; ++t) {
    const int rows = count / tiles + (t < count % tiles ? 1 : 0);
    body(first, rows);
    first += rows;
  }
}

// to [width] = from [dim], and zeros; width is dim in whole vectors.
template <typename Value>
HWY_INLINE void pad_row(const Value* from, int dim, int width, float* to) {
  const Full d;
  int i = 0;
  for (; i + kLanes <= dim; i += kLanes) hn::StoreU(load_values(d, from + i), d, to + i);
  for (; i < dim; ++i) to[i] = value_of(from[i]);
  for (; i < width; ++i) to[i] = 0.0f;
}

// Slots of a row of floats [n]: it holds them from its beginning on. A last one of its own has a zero beside it.
template <class Operands>
HWY_INLINE void round_row(float* row, int n) {
  if constexpr (Operands::kPerSlot == 2) {
    const Full d;
    int i = 0;
    for (; i + kPanel <= n; i += kPanel) {
      hn::StoreU(Operands::neighbours(hn::LoadU(d, row + i), hn::LoadU(d, row + i + kLanes)), d, row + i / 2);
    }
    for (; i < n; i += 2) row[i / 2] = Operands::slot(row[i], i + 1 < n ? row[i + 1] : 0.0f);
  }
}

// to [width] = slots of two rows [dim], side by side, and zeros; width is dim in whole vectors.
template <class Operands, typename Value>
HWY_INLINE void pad_row_pair(const Value* first, const Value* second, int dim, int width, float* to) {
  const Full d;
  int i = 0;
  for (; i + kLanes <= dim; i += kLanes) hn::StoreU(Operands::load_side_by_side(first + i, second + i), d, to + i);
  for (; i < dim; ++i) to[i] = Operands::slot(value_of(first[i]), value_of(second[i]));
  for (; i < width; ++i) to[i] = 0.0f;
}

// Scores [count] of keys from position `first` on, count a multiple of kLanes: those of keys that are not seen count nothing.
HWY_INLINE void mask_row(const KeyRange& seen, int first, int count, float* scores) {
  const Full d;
  const auto masked = hn::Set(d, kMasked);
  const int before = std::clamp(seen.first - first, 0, count), end = std::clamp(seen.last - first, 0, count);
  int j = 0;
  for (; j + kLanes <= before; j += kLanes) hn::StoreU(masked, d, scores + j);
  if (j < before) {
    const auto hidden = hn::FirstN(d, static_cast<size_t>(before - j));
    hn::StoreU(hn::IfThenElse(hidden, masked, hn::LoadU(d, scores + j)), d, scores + j);
  }
  j = end / kLanes * kLanes;
  if (j < end) {
    const auto visible = hn::FirstN(d, static_cast<size_t>(end - j));
    hn::StoreU(hn::IfThenElse(visible, hn::LoadU(d, scores + j), masked), d, scores + j);
    j += kLanes;
  }
  for (; j < count; j += kLanes) hn::StoreU(masked, d, scores + j);
}

// out = rope(x) * scale; `angles` null: no rotation. Element i turns with i + d / 2. kBack turns by the opposite angles, the inverse and
// so the transpose of rope: what makes the gradient of rope(x) that of x.
template <bool kBack = false, typename Value>
HWY_INLINE void rotate_row(const Value* x, const float* angles, float scale, int head_dim, float* out) {
  const Full d;
  const int half = head_dim / 2;
  const auto scales = hn::Set(d, scale);
  int i = 0;
  if (angles == nullptr) {
    for (; i + kLanes <= head_dim; i += kLanes) hn::StoreU(hn::Mul(load_values(d, x + i), scales), d, out + i);
    for (; i < head_dim; ++i) out[i] = value_of(x[i]) * scale;
    return;
  }
  const float sine_scale = kBack ? -scale : scale;
  const auto sine_scales = hn::Set(d, sine_scale);
  for (; i + kLanes <= half; i += kLanes) {
    const auto a = load_values(d, x + i), b = load_values(d, x + half + i);
    const auto c = hn::Mul(hn::LoadU(d, angles + i), scales), s = hn::Mul(hn::LoadU(d, angles + half + i), sine_scales);
    hn::StoreU(hn::NegMulAdd(b, s, hn::Mul(a, c)), d, out + i);
    hn::StoreU(hn::MulAdd(a, s, hn::Mul(b, c)), d, out + half + i);
  }
  for (; i < half; ++i) {
    const float c = angles[i] * scale, s = angles[half + i] * sine_scale;
    const float a = value_of(x[i]), b = value_of(x[half + i]);
    out[i] = a * c - b * s;
    out[half + i] = b * c + a * s;
  }
}

// Slots of rope(x) * scale; `out` has room for head_dim floats. The usual sizes stay in registers between the two.
template <class Operands, typename Value>
HWY_INLINE void rotate_to_slots(const Value* x, const float* angles, float scale, int head_dim, float* out) {
  const int half = head_dim / 2;
  if constexpr (Operands::kPerSlot == 2) {
    const Full d;
    const auto scales = hn::Set(d, scale);
    const auto scaled = [&](const auto* from, int i) HWY_ATTR { return hn::Mul(load_values(d, from + i), scales); };
    if (angles == nullptr && head_dim % kPanel == 0) {
      for (int i = 0; i < head_dim; i += kPanel) hn::StoreU(Operands::neighbours(scaled(x, i), scaled(x, i + kLanes)), d, out + i / 2);
      return;
    }
    if (angles != nullptr && half % kPanel == 0) {
      for (int i = 0; i < half; i += kPanel) {
        Vector first[2], second[2];
        for_each_of<2>([&](auto v) CROSSRANK_UNROLLED {
          const int j = i + v * kLanes;
          const auto a = load_values(d, x + j), b = load_values(d, x + half + j), c = scaled(angles, j), s = scaled(angles, half + j);
          first[v] = hn::NegMulAdd(b, s, hn::Mul(a, c));
          second[v] = hn::MulAdd(a, s, hn::Mul(b, c));
        });
        hn::StoreU(Operands::neighbours(first[0], first[1]), d, out + i / 2);
        hn::StoreU(Operands::neighbours(second[0], second[1]), d, out + (half + i) / 2);
      }
      return;
    }
  }
  rotate_row(x, angles, scale, head_dim, out);
  round_row<Operands>(out, head_dim);
}

// panel [depth, kPanel] = transpose of rows [kPanel, width].
HWY_INLINE void transpose_panel(const float* rows, int64_t width, int depth, float* panel) {
  int i = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::FixedTag<float, 4> d4;
  const hn::FixedTag<double, 2> d2;
  for (; i + 4 <= depth; i += 4) {
    for (int j = 0; j < kPanel; j += 4) {
      const float* from = rows + j * width + i;
      const auto r0 = hn::LoadU(d4, from), r1 = hn::LoadU(d4, from + width);
      const auto r2 = hn::LoadU(d4, from + 2 * width), r3 = hn::LoadU(d4, from + 3 * width);
      const auto low01 = hn::BitCast(d2, hn::InterleaveLower(d4, r0, r1)), low23 = hn::BitCast(d2, hn::InterleaveLower(d4, r2, r3));
      const auto high01 = hn::BitCast(d2, hn::InterleaveUpper(d4, r0, r1)), high23 = hn::BitCast(d2, hn::InterleaveUpper(d4, r2, r3));
      float* to = panel + int64_t{i} * kPanel + j;
      hn::StoreU(hn::BitCast(d4, hn::InterleaveLower(d2, low01, low23)), d4, to);
      hn::StoreU(hn::BitCast(d4, hn::InterleaveUpper(d2, low01, low23)), d4, to + kPanel);
      hn::StoreU(hn::BitCast(d4, hn::InterleaveLower(d2, high01, high23)), d4, to + 2 * kPanel);
      hn::StoreU(hn::BitCast(d4, hn::InterleaveUpper(d2, high01, high23)), d4, to + 3 * kPanel);
    }
  }
#endif
  for (; i < depth; ++i) {
    for (int j = 0; j < kPanel; ++j) panel[i * kPanel + j] = rows[j * width + i];
  }
}

// Weights [count] of a query from `column` on, count a multiple of kLanes: the dropped ones become zero.
HWY_INLINE void drop_row(const DropoutMask& dropout, int query, int column, int count, float* weights) {
  const Full d;
  KeptColumns kept(dropout, query, column);
  for (int j = 0; j < count; j += kLanes) hn::StoreU(hn::IfThenElseZero(kept.next(), hn::LoadU(d, weights + j)), d, weights + j);
}

}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#endif  // CROSSRANK_CPU_ATTENTION_TILE_INL_H_
