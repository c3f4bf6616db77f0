#include "cpu/matmul.h"

#include <algorithm>
#include <dnnl.hpp>
#include <map>
#include <mutex>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cpu/aligned_buffer.h"
#include "cpu/bf16_rows.h"
#include "cpu/int8_product.h"
#include "cpu/isa.h"
#include "cpu/onednn.h"
#include "cpu/panel_product.h"

namespace crossrank {
namespace {

using dnnl::memory;

memory::desc plain(int64_t rows, int64_t columns, memory::data_type type = memory::data_type::f32) {
  return {{rows, columns}, type, memory::format_tag::ab};
}

// Slices of this many output features are packed at a time: a multiple of every block of oneDNN's layouts.
constexpr int kSliceRows = 256;
// The layout is the same for every number of rows; this many are asked about.
constexpr int kTypicalRows = 128;

}  // namespace

struct PackedMatrix::Impl {
  void pack_for_onednn(const WeightSource& source, ThreadTeam& team);
  void pack_panels(const WeightSource& source, ThreadTeam& team);
  void pack_int8_panels(const WeightSource& source, ThreadTeam& team);
  void check_panels(int width) const {
    if (panel_width != width) throw std::logic_error("weights were packed for another instruction set");
  }

  int in_features = 0;
  int out_features = 0;
  ProductPrecision precision = ProductPrecision::kF32;
  AlignedBuffer values;
  memory weights;       // of bf16: oneDNN's, of the values
  int panel_width = 0;  // else the values are panels of this width, in int8 those of scales too
  Int8Layout int8_layout = Int8Layout::kPairs;
  std::vector<float> scales;
  std::vector<float> bias;
  std::string implementation;
};

void PackedMatrix::Impl::pack_for_onednn(const WeightSource& source, ThreadTeam& team) {
  // Kernels are chosen on a worker: the choice depends on the number of OpenMP threads.
  memory::desc layout;
  team.parallel_for(1, [&](int64_t, int) {
    const memory::desc any({in_features, out_features}, memory::data_type::bf16, memory::format_tag::any);
    const memory::desc rows = plain(kTypicalRows, in_features, memory::data_type::bf16);
    const auto product = describe_product(rows, any, false, plain(kTypicalRows, out_features));
    layout = product.weights_desc();
    implementation = product.impl_info_str();
  });
  const auto pack = [&](int64_t first, int64_t count, const memory& to) {
    AlignedBuffer rows(static_cast<size_t>(count * in_features));
    source.read_rows(first, count, rows.data());
    memory from({{in_features, count}, memory::data_type::f32, memory::format_tag::ba}, onednn_cpu(), rows.data());
    memory target = to;
    const auto reorder = [&] {
      const std::lock_guard lock(onednn_kernel_cache());
      return std::pair(dnnl::reorder(from, target), dnnl::stream(onednn_cpu()));
    }();
    dnnl::stream stream = reorder.second;
    reorder.first.execute(stream, from, target);
    stream.wait();
  };
  values.grow(layout.get_size() / sizeof(float) + 1);
  weights = memory(layout, onednn_cpu(), values.data());
  // Slices that are not whole blocks of the layout cannot be written alone: then all at once.
  std::vector<memory> slices;
  try {
    for (int64_t first = 0; first < out_features; first += kSliceRows) {
      const auto part = layout.submemory_desc({in_features, std::min<int64_t>(kSliceRows, out_features - first)}, {0, first});
      slices.emplace_back(part, onednn_cpu(), values.data());
    }
  } catch (const dnnl::error&) {
    slices.clear();
  }
  if (slices.empty()) {
    team.parallel_for(1, [&](int64_t, int) { pack(0, out_features, weights); });
  } else {
    team.parallel_for(static_cast<int64_t>(slices.size()), [&](int64_t i, int) {
      const int64_t first = i * kSliceRows;
      pack(first, std::min<int64_t>(kSliceRows, out_features - first), slices[static_cast<size_t>(i)]);
    });
  }
}

void PackedMatrix::Impl::pack_panels(const WeightSource& source, ThreadTeam& team) {
  implementation = "panels:" + instruction_set_in_use();
  panel_width = crossrank::panel_width();
  const int64_t panels = (out_features + panel_width - 1) / panel_width;
  const int64_t panel_size = static_cast<int64_t>(in_features) * panel_width;
  values.grow(static_cast<size_t>(panels * panel_size));
  team.parallel_for(panels, [&](int64_t panel, int) {
    const int64_t first = panel * panel_width;
    const int count = static_cast<int>(std::min<int64_t>(panel_width, out_features - first));
    AlignedBuffer rows(static_cast<size_t>(count) * static_cast<size_t>(in_features));
    source.read_rows(first, count, rows.data());
    write_panel(rows.data(), count, in_features, panel_width, values.data() + panel * panel_size);
  });
}

void PackedMatrix::Impl::pack_int8_panels(const WeightSource& source, ThreadTeam& team) {
  int8_layout = crossrank::int8_layout();
  implementation = int8_implementation(int8_layout);
  panel_width = int8_panel_width();
  const int64_t panels = (out_features + panel_width - 1) / panel_width;
  const size_t panel_size = int8_panel_size(int8_layout, in_features, panel_width);
  const size_t panel_scales = int8_panel_scales(int8_layout, in_features, panel_width);
  auto* bytes = reinterpret_cast<int8_t*>(values.grow(static_cast<size_t>(panels) * panel_size / sizeof(float) + 1));
  scales.resize(static_cast<size_t>(panels) * panel_scales);
  team.parallel_for(panels, [&](int64_t panel, int) {
    const int64_t first = panel * panel_width;
    const int count = static_cast<int>(std::min<int64_t>(panel_width, out_features - first));
    AlignedBuffer rows(static_cast<size_t>(count) * static_cast<size_t>(in_features));
    source.read_rows(first, count, rows.data());
    write_int8_panel(int8_layout, rows.data(), count, in_features, panel_width, bytes + static_cast<size_t>(panel) * panel_size,
                     scales.data() + static_cast<size_t>(panel) * panel_scales);
  });
}

PackedMatrix::PackedMatrix(const LinearSource& source, ProductPrecision precision, ThreadTeam& team) {
  auto impl = std::make_shared<Impl>();
  const int64_t in = source.weight.columns;
  const int64_t out = source.weight.rows;
  impl->in_features = static_cast<int>(in);
  impl->out_features = static_cast<int>(out);
  if (precision == ProductPrecision::kInt8 && in > kMostInt8Features) {
    precision = has_fast_bf16() ? ProductPrecision::kBf16 : ProductPrecision::kF32;
  }
  impl->precision = precision;
  if (!source.bias.empty()) {
    impl->bias.resize(static_cast<size_t>(out));
    source.bias.read_rows(0, out, impl->bias.data());
  }
  switch (precision) {
    case ProductPrecision::kF32:
      impl->pack_panels(source.weight, team);
      break;
    case ProductPrecision::kBf16:
      impl->pack_for_onednn(source.weight, team);
      break;
    case ProductPrecision::kInt8:
      impl->pack_int8_panels(source.weight, team);
      break;
  }
  impl_ = std::move(impl);
}

int PackedMatrix::in_features() const { return impl_->in_features; }
int PackedMatrix::out_features() const { return impl_->out_features; }
ProductPrecision PackedMatrix::precision() const { return impl_->precision; }
const float* PackedMatrix::bias() const { return impl_->bias.empty() ? nullptr : impl_->bias.data(); }
const std::string& PackedMatrix::implementation() const { return impl_->implementation; }

struct MatmulContext::Impl {
  struct Kernel {
    dnnl::matmul primitive;
    memory::desc x, out, scratch;
    std::string implementation;
  };
  // rows, in_features, out_features, with bias, to bf16
  using Shape = std::tuple<int, int, int, bool, bool>;

  static int padded(int rows) { return (rows + kRowUnit - 1) / kRowUnit * kRowUnit; }

  const Kernel& kernel(const PackedMatrix& weights, int rows, bool with_bias, bool to_bf16) {
    rows = padded(rows);
    with_bias = with_bias && weights.bias() != nullptr;
    const int in = weights.in_features();
    const int out = weights.out_features();
    const Shape shape = {rows, in, out, with_bias, to_bf16};
    const auto known = kernels.find(shape);
    if (known != kernels.end()) return known->second;
    const std::lock_guard lock(onednn_kernel_cache());
    const auto product = describe_product(plain(rows, in, memory::data_type::bf16), weights.impl().weights.get_desc(), with_bias,
                                          plain(rows, out, to_bf16 ? memory::data_type::bf16 : memory::data_type::f32));
    Kernel made{dnnl::matmul(product), product.src_desc(), product.dst_desc(), product.scratchpad_desc(), product.impl_info_str()};
    scratch.grow(made.scratch.get_size() / sizeof(float) + 1);
    return kernels.emplace(shape, std::move(made)).first->second;
  }

  // Products of bf16.
  template <typename Out>
  void execute(const PackedMatrix& weights, int rows, const Bf16* operand, bool with_bias, BasicMatrixView<Out> out);
  template <typename Out>
  void multiply_rounded(const PackedMatrix& weights, bool with_bias, BasicMatrixView<Out> out);

  ~Impl() {
    const std::lock_guard lock(onednn_kernel_cache());
    kernels.clear();
  }

  dnnl::stream stream{onednn_cpu()};
  std::map<Shape, Kernel> kernels;
  AlignedBuffer scratch;
  // What multiply_rounded() reads: bf16 [padded rows, columns], or whole numbers.
  ProductPrecision rounded_to = ProductPrecision::kF32;
  int rounded_rows = 0;
  const Bf16* bf16_operand = nullptr;
  AlignedBuffer bf16_rows;
  Int8Rows int8_rows;
};

template <typename Out>
void MatmulContext::Impl::execute(const PackedMatrix& weights, int rows, const Bf16* operand, bool with_bias, BasicMatrixView<Out> out) {
  const Kernel& chosen = kernel(weights, rows, with_bias, std::is_same_v<Out, Bf16>);
  // oneDNN's handles are not const; what they point to is only read.
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, memory(chosen.x, onednn_cpu(), const_cast<Bf16*>(operand))},
      {DNNL_ARG_WEIGHTS, weights.impl().weights},
      {DNNL_ARG_DST, memory(chosen.out, onednn_cpu(), out.data)},
      {DNNL_ARG_SCRATCHPAD, memory(chosen.scratch, onednn_cpu(), scratch.data())},
  };
  if (with_bias && weights.bias() != nullptr) {
    const memory::desc bias({1, weights.out_features()}, memory::data_type::f32, memory::format_tag::ab);
    arguments.emplace(DNNL_ARG_BIAS, memory(bias, onednn_cpu(), const_cast<float*>(weights.bias())));
  }
  chosen.primitive.execute(stream, arguments);
  stream.wait();
}

MatmulContext::MatmulContext() : impl_(std::make_unique<Impl>()) {}
MatmulContext::MatmulContext(MatmulContext&&) noexcept = default;
MatmulContext::~MatmulContext() = default;

void MatmulContext::multiply(const PackedMatrix& weights, ConstMatrixView x, bool with_bias, MatrixView out) {
  if (x.rows == 0) return;
  if (weights.precision() != ProductPrecision::kF32) {
    start_rounding(weights, x.rows);
    round(x, 0);
    return multiply_rounded(weights, with_bias, out);
  }
  const PackedMatrix::Impl& impl = weights.impl();
  impl.check_panels(panel_width());
  float* scratch = impl_->scratch.grow(panel_product_scratch(x.rows, impl.in_features));
  panel_product({impl.values.data(), impl.in_features, impl.out_features, with_bias ? weights.bias() : nullptr}, x, out, scratch);
}

void MatmulContext::start_rounding(const PackedMatrix& weights, int rows) {
  impl_->rounded_to = weights.precision();
  impl_->rounded_rows = rows;
  if (weights.precision() == ProductPrecision::kInt8) {
    impl_->int8_rows.start(weights.impl().int8_layout, rows, weights.in_features());
  } else {
    const auto values = static_cast<size_t>(Impl::padded(rows)) * static_cast<size_t>(weights.in_features());
    impl_->bf16_operand = reinterpret_cast<const Bf16*>(impl_->bf16_rows.grow((values + 1) / 2));
  }
}

void MatmulContext::round(ConstMatrixView x, int first) {
  if (impl_->rounded_to == ProductPrecision::kInt8) return round_int8_rows(x, first, impl_->int8_rows);
  round_to_bf16(x, reinterpret_cast<Bf16*>(impl_->bf16_rows.data()) + int64_t{first} * x.columns);
}

void MatmulContext::round(ConstBf16View x) {
  if (impl_->rounded_to == ProductPrecision::kInt8) return round_int8_rows(x, 0, impl_->int8_rows);
  if (x.stride != x.columns) throw std::logic_error("rows of bf16 lie apart");
  impl_->bf16_operand = x.data;
}

template <typename Out>
void MatmulContext::Impl::multiply_rounded(const PackedMatrix& weights, bool with_bias, BasicMatrixView<Out> out) {
  if (weights.precision() != rounded_to) throw std::logic_error("rows were rounded for weights of another precision");
  const PackedMatrix::Impl& impl = weights.impl();
  if (weights.precision() == ProductPrecision::kBf16) return execute(weights, rounded_rows, bf16_operand, with_bias, out);
  impl.check_panels(int8_panel_width());
  const auto* panels = reinterpret_cast<const int8_t*>(impl.values.data());
  const float* bias = with_bias ? weights.bias() : nullptr;
  int8_product({impl.int8_layout, panels, impl.scales.data(), impl.in_features, impl.out_features, bias}, int8_rows, out,
               scratch.grow(int8_product_scratch(out.rows)));
}

void MatmulContext::multiply_rounded(const PackedMatrix& weights, bool with_bias, MatrixView out) {
  impl_->multiply_rounded(weights, with_bias, out);
}

void MatmulContext::multiply_rounded(const PackedMatrix& weights, bool with_bias, Bf16View out) {
  impl_->multiply_rounded(weights, with_bias, out);
}

std::string MatmulContext::implementation(const PackedMatrix& weights, int rows, bool with_bias, bool to_bf16) {
  return weights.impl().panel_width > 0 ? weights.implementation() : impl_->kernel(weights, rows, with_bias, to_bf16).implementation;
}

}  // namespace crossrank
