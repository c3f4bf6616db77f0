// The CPU engine's kernels at the shapes of ModernBERT-base, ModernBERT-large and MiniLM-L6, one thread. "ops" is multiplications and
// additions a second; hold it against crossrank_matrix_peak.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <random>
#include <span>
#include <type_traits>
#include <vector>

#include "cpu/activation.h"
#include "cpu/aligned_buffer.h"
#include "cpu/attention.h"
#include "cpu/cpu_ops.h"
#include "cpu/lane.h"
#include "cpu/norm.h"
#include "cpu/openmp.h"
#include "cpu/rotary.h"

namespace crossrank {
namespace {

std::vector<float> random_floats(size_t count) {
  std::mt19937 generator(1);
  std::uniform_real_distribution<float> draw(-1.0f, 1.0f);
  std::vector<float> values(count);
  for (float& value : values) value = draw(generator);
  return values;
}

// A weight as a checkpoint would hold it.
struct Checkpoint {
  Checkpoint(int in, int out) : values(random_floats(static_cast<size_t>(in) * static_cast<size_t>(out))) {
    view.shape = {out, in};
    view.bytes = std::as_bytes(std::span(values));
    source.weight.rows = out;
    source.weight.columns = in;
    source.weight.pieces = {{&view, 0, out}};
  }
  std::vector<float> values;
  TensorView view;
  LinearSource source;
};

CpuOps::Norm unit_norm(int features) {
  CpuOps::Norm norm;
  norm.weight.assign(static_cast<size_t>(features), 1.0f);
  norm.eps = 1e-5f;
  return norm;
}

void report_ops(benchmark::State& state, double operations) {
  state.counters["ops"] = benchmark::Counter(operations, benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1000);
}

// Four layers' weights in turn, so that they come from memory as in a model; kRounded: rows are rounded once, before the clock runs.
// Arguments: rows, in_features, out_features.
template <ProductPrecision kPrecision, bool kRounded>
void matmul(benchmark::State& state) {
  if (kPrecision == ProductPrecision::kBf16 && !has_fast_bf16()) return state.SkipWithError("no bf16 here");
  use_one_openmp_thread();
  ThreadTeam team(1, [](int) { use_one_openmp_thread(); });
  const int rows = static_cast<int>(state.range(0)), in = static_cast<int>(state.range(1)), out = static_cast<int>(state.range(2));
  const Checkpoint checkpoint(in, out);
  std::vector<PackedMatrix> layers;
  for (int i = 0; i < 4; ++i) layers.emplace_back(checkpoint.source, kPrecision, team);
  AlignedBuffer values(static_cast<size_t>(rows * in)), sums(static_cast<size_t>(rows * out));
  std::copy_n(random_floats(values.size()).begin(), values.size(), values.data());
  const ConstMatrixView x = {values.data(), rows, in, in};
  const MatrixView y = {sums.data(), rows, out, out};
  MatmulContext context;
  if (kRounded) {
    context.start_rounding(layers.front(), rows);
    context.round(x, 0);
  }
  size_t turn = 0;
  for (auto _ : state) {
    const PackedMatrix& weights = layers[turn++ % layers.size()];
    kRounded ? context.multiply_rounded(weights, false, y) : context.multiply(weights, x, false, y);
  }
  report_ops(state, 2.0 * rows * in * out);
}

void shapes(benchmark::internal::Benchmark* of) {
  of->ArgsProduct({{64, 128, 192, 256, 512}, {768}, {768, 2304}});
  of->ArgsProduct({{64, 128, 192, 256, 512}, {384}, {384, 1152, 1536}});
  of->ArgsProduct({{128, 192, 256}, {1024}, {1024, 3072, 5248}});
  of->Args({192, 1152, 768})->Args({192, 1536, 384})->Args({192, 2624, 1024});
}
BENCHMARK((matmul<ProductPrecision::kF32, false>))->Name("matmul/f32")->Apply(shapes);
BENCHMARK((matmul<ProductPrecision::kBf16, false>))->Name("matmul/bf16")->Apply(shapes);
BENCHMARK((matmul<ProductPrecision::kInt8, false>))->Name("matmul/int8")->Apply(shapes);
BENCHMARK((matmul<ProductPrecision::kBf16, true>))->Name("matmul_rounded/bf16")->Apply(shapes);
BENCHMARK((matmul<ProductPrecision::kInt8, true>))->Name("matmul_rounded/int8")->Apply(shapes);

// What linear() adds to the product. Arguments: hidden, intermediate; the block is pre-norm and gated, or post-norm.
template <bool kPreNorm>
void mlp(benchmark::State& state) {
  use_one_openmp_thread();
  ThreadTeam team(1, [](int) { use_one_openmp_thread(); });
  const int tokens = 512, hidden = static_cast<int>(state.range(0)), inner = static_cast<int>(state.range(1));
  const Checkpoint up(hidden, kPreNorm ? 2 * inner : inner), down(inner, hidden);
  std::vector<CpuWorker> workers(1);
  CpuLane lane;
  lane.workers = workers;
  lane.team = &team;
  const PositionTables positions;
  const CpuOps ops(lane, positions);
  const CpuOps::Linear packed_up = ops.make_linear(up.source, {kPreNorm}), packed_down = ops.make_linear(down.source, {});
  lane.team = nullptr;
  const CpuOps::Norm norm = unit_norm(hidden);
  CpuTensor x(lane.pool, tokens, hidden);
  std::copy_n(random_floats(static_cast<size_t>(tokens * hidden)).begin(), tokens * hidden, x.view().data);
  for (auto _ : state) {
    CpuOps::Fusion in;
    in.norm_before = kPreNorm ? &norm : nullptr;
    in.activation = ActivationKind::kGelu;
    in.gated = kPreNorm;
    CpuOps::Fusion out;
    out.residual = &x;
    out.norm_after = kPreNorm ? nullptr : &norm;
    benchmark::DoNotOptimize(ops.linear(ops.linear(x, packed_up, in), packed_down, out));
  }
  report_ops(state, 2.0 * tokens * hidden * inner * (kPreNorm ? 3 : 2));
}
BENCHMARK(mlp<true>)->Args({768, 1152})->Args({1024, 2624})->Name("mlp/gated_pre_norm");
BENCHMARK(mlp<false>)->Args({384, 1536})->Name("mlp/post_norm");

// All heads of one sequence, of f32 or bf16 in memory; "ops" counts unmasked pairs only. Arguments: length, heads, head_dim, window.
template <typename Value, ProductPrecision kPrecision>
void attention(benchmark::State& state) {
  constexpr bool kBf16 = std::is_same_v<Value, Bf16>;
  if (kBf16 && !has_fast_bf16()) return state.SkipWithError("no bf16 here");
  const int length = static_cast<int>(state.range(0)), heads = static_cast<int>(state.range(1));
  const int head_dim = static_cast<int>(state.range(2)), window = static_cast<int>(state.range(3)), hidden = heads * head_dim;
  const auto floats = random_floats(static_cast<size_t>(length) * 3 * static_cast<size_t>(hidden));
  std::vector<Value> qkv(floats.size()), out(static_cast<size_t>(length * hidden));
  if constexpr (kBf16) {
    std::transform(floats.begin(), floats.end(), qkv.begin(), [](float x) { return static_cast<Bf16>(std::bit_cast<uint32_t>(x) >> 16); });
  } else {
    qkv = floats;
  }
  RotaryTables tables;
  tables.prepare(10000.0, head_dim, length);
  AlignedBuffer scratch;
  for (auto _ : state) {
    for (int head = 0; head < heads; ++head) {
      BasicHeadAttention<Value> task;
      task.q = qkv.data() + head * head_dim;
      task.k = task.q + hidden;
      task.v = task.k + hidden;
      task.out = out.data() + head * head_dim;
      task.q_stride = task.kv_stride = 3 * hidden;
      task.out_stride = hidden;
      task.head_dim = head_dim;
      task.window = window;
      task.length = task.queries = length;
      task.rotary = tables.find(10000.0, head_dim);
      task.precision = kPrecision;
      attend(task, scratch.grow(attention_scratch_floats(task)));
    }
    benchmark::ClobberMemory();
  }
  double pairs = 0;
  for (int i = 0; i < length; ++i) {
    pairs += window == 0 ? length : std::min(length, i + window + 1) - std::max(0, i - window);
  }
  report_ops(state, 4.0 * pairs * hidden);
  state.counters["tokens"] = benchmark::Counter(length, benchmark::Counter::kIsIterationInvariantRate);
}
void lengths(benchmark::internal::Benchmark* of) {
  of->ArgsProduct({{40, 95, 200, 500, 2000, 8192}, {12}, {64}, {0, 64}})->Unit(benchmark::kMicrosecond);
  of->ArgsProduct({{40, 95, 200, 500}, {12}, {32}, {0}})->Unit(benchmark::kMicrosecond);
}
BENCHMARK(attention<float, ProductPrecision::kF32>)->Name("attention/f32")->Apply(lengths);
BENCHMARK(attention<Bf16, ProductPrecision::kBf16>)->Name("attention/bf16")->Apply(lengths);
BENCHMARK(attention<Bf16, ProductPrecision::kInt8>)->Name("attention/int8")->Apply(lengths);

// Arguments: rows, columns.
void norm(benchmark::State& state) {
  const int rows = static_cast<int>(state.range(0)), columns = static_cast<int>(state.range(1));
  auto x = random_floats(static_cast<size_t>(rows * columns));
  std::vector<float> out(x.size());
  const CpuOps::Norm numbers = unit_norm(columns);
  for (auto _ : state) norm_rows(numbers.parameters(), {x.data(), rows, columns, columns}, {out.data(), rows, columns, columns});
  state.SetItemsProcessed(state.iterations() * rows * columns);
}
BENCHMARK(norm)->Args({192, 384})->Args({192, 768})->Args({192, 1024});

void gelu(benchmark::State& state) {
  const int rows = static_cast<int>(state.range(0)), columns = static_cast<int>(state.range(1));
  const auto x = random_floats(static_cast<size_t>(rows * columns));
  std::vector<float> y(x.size());
  for (auto _ : state) {
    std::copy(x.begin(), x.end(), y.begin());
    activate_rows(ActivationKind::kGelu, nullptr, {y.data(), rows, columns, columns});
  }
  state.SetItemsProcessed(state.iterations() * rows * columns);
}
BENCHMARK(gelu)->Args({192, 1536});

void gated_gelu(benchmark::State& state) {
  const int rows = static_cast<int>(state.range(0)), columns = static_cast<int>(state.range(1));
  const auto x = random_floats(2 * static_cast<size_t>(rows * columns));
  std::vector<float> y(static_cast<size_t>(rows * columns));
  for (auto _ : state) {
    gate_rows(ActivationKind::kGelu, nullptr, {x.data(), rows, 2 * columns, 2 * columns}, {y.data(), rows, columns, columns});
  }
  state.SetItemsProcessed(state.iterations() * rows * columns);
}
BENCHMARK(gated_gelu)->Args({192, 1152})->Args({192, 2624});

}  // namespace
}  // namespace crossrank
