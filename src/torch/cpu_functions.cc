// Everything a backward pass needs of its forward pass is saved by the graph; buffers that last no longer than a call are the kernels' own.
#include "torch/cpu_functions.h"

#include <ATen/core/ivalue.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "cpu/activation.h"
#include "cpu/activation_gradient.h"
#include "cpu/batch_attention.h"
#include "cpu/dense.h"
#include "cpu/norm.h"
#include "cpu/norm_gradient.h"
#include "cpu/parallel.h"
#include "cpu/rotary.h"

namespace crossrank::cpu_functions {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

// Rows, or runs of a flat tensor, that a thread takes at a time.
constexpr int64_t kPieceRows = 16;
constexpr int64_t kPieceFloats = 1 << 14;

at::Tensor new_matrix(const at::Tensor& like, int64_t rows, int64_t columns) { return at::empty({rows, columns}, like.options()); }

// An argument of Function::apply must be defined: where there is no bias, this is given. It needs no gradient.
at::Tensor or_empty(const at::Tensor& bias, const at::Tensor& like) { return bias.defined() ? bias : at::empty({0}, like.options()); }
const float* bias_data(const at::Tensor& bias) { return bias.numel() == 0 ? nullptr : bias.data_ptr<float>(); }

// Rows may be apart from one another, as those of a view of columns are; their numbers lie side by side.
at::Tensor with_whole_rows(const at::Tensor& x) { return x.stride(1) == 1 ? x : x.contiguous(); }

// Rows [first, last) of a contiguous matrix.
MatrixView rows_of(const at::Tensor& x, int64_t first, int64_t last) {
  const int64_t columns = x.size(1);
  return {x.data_ptr<float>() + first * columns, static_cast<int>(last - first), static_cast<int>(columns), columns};
}

// A run of a tensor's numbers as one row.
template <typename Float>
BasicMatrixView<Float> run_of(Float* data, int64_t first, int64_t last) {
  return {data + first, 1, static_cast<int>(last - first), last - first};
}

ProductPrecision dense_precision(TrainPrecision precision) {
  return precision == TrainPrecision::kBf16 ? ProductPrecision::kBf16 : ProductPrecision::kF32;
}

struct Linear : Function<Linear> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                            int64_t precision) {
    const at::Tensor rows = x.contiguous(), matrix = weight.contiguous(), added = bias.contiguous();
    at::Tensor y = new_matrix(x, x.size(0), weight.size(0));
    dense_forward(
        {x.size(0), x.size(1), weight.size(0), rows.data_ptr<float>(), matrix.data_ptr<float>(), bias_data(added), y.data_ptr<float>()},
        static_cast<ProductPrecision>(precision));
    // The gradient of one is a product with the other: a frozen weight costs no memory.
    ctx->save_for_backward({weight.requires_grad() ? rows : at::Tensor(), x.requires_grad() ? matrix : at::Tensor()});
    ctx->saved_data["in"] = x.size(1);
    ctx->saved_data["precision"] = precision;
    return y;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor grad_y = grads[0].contiguous();
    const int64_t in = ctx->saved_data["in"].toInt(), out = grad_y.size(1);
    DenseBackward map;
    map.rows = grad_y.size(0);
    map.in = in;
    map.out = out;
    map.grad_y = grad_y.data_ptr<float>();
    at::Tensor grad_x, grad_weight, grad_bias;
    if (ctx->needs_input_grad(0)) {
      grad_x = new_matrix(grad_y, map.rows, in);
      map.weight = saved[1].data_ptr<float>();
      map.grad_x = grad_x.data_ptr<float>();
    }
    if (ctx->needs_input_grad(1)) {
      grad_weight = new_matrix(grad_y, out, in);
      map.x = saved[0].data_ptr<float>();
      map.grad_weight = grad_weight.data_ptr<float>();
    }
    if (ctx->needs_input_grad(2)) {
      grad_bias = at::empty({out}, grad_y.options());
      map.grad_bias = grad_bias.data_ptr<float>();
    }
    dense_backward(map, static_cast<ProductPrecision>(ctx->saved_data["precision"].toInt()));
    return {grad_x, grad_weight, grad_bias, at::Tensor()};
  }
};

struct Activation : Function<Activation> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, int64_t kind) {
    const at::Tensor values = x.contiguous();
    at::Tensor y = new_matrix(x, x.size(0), x.size(1));
    const float* from = values.data_ptr<float>();
    float* to = y.data_ptr<float>();
    parallel_pieces(values.numel(), kPieceFloats, [&](int64_t first, int64_t last) {
      std::copy(from + first, from + last, to + first);
      activate_rows(static_cast<ActivationKind>(kind), nullptr, run_of(to, first, last));
    });
    ctx->save_for_backward({values});
    ctx->saved_data["kind"] = kind;
    return y;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const at::Tensor x = ctx->get_saved_variables()[0], grad_y = grads[0].contiguous();
    const auto kind = static_cast<ActivationKind>(ctx->saved_data["kind"].toInt());
    at::Tensor grad_x = new_matrix(x, x.size(0), x.size(1));
    const float *values = x.data_ptr<float>(), *from = grad_y.data_ptr<float>();
    float* to = grad_x.data_ptr<float>();
    parallel_pieces(x.numel(), kPieceFloats, [&](int64_t first, int64_t last) {
      activate_rows_backward(kind, run_of(values, first, last), run_of(from, first, last), run_of(to, first, last));
    });
    return {grad_x, at::Tensor()};
  }
};

struct Gated : Function<Gated> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, int64_t kind) {
    const at::Tensor values = x.contiguous();
    const at::Tensor y = new_matrix(x, x.size(0), x.size(1) / 2);
    parallel_pieces(x.size(0), kPieceRows, [&](int64_t first, int64_t last) {
      gate_rows(static_cast<ActivationKind>(kind), nullptr, rows_of(values, first, last), rows_of(y, first, last));
    });
    ctx->save_for_backward({values});
    ctx->saved_data["kind"] = kind;
    return y;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const at::Tensor x = ctx->get_saved_variables()[0], grad_y = grads[0].contiguous();
    const auto kind = static_cast<ActivationKind>(ctx->saved_data["kind"].toInt());
    const at::Tensor grad_x = new_matrix(x, x.size(0), x.size(1));
    parallel_pieces(x.size(0), kPieceRows, [&](int64_t first, int64_t last) {
      gate_rows_backward(kind, rows_of(x, first, last), rows_of(grad_y, first, last), rows_of(grad_x, first, last));
    });
    return {grad_x, at::Tensor()};
  }
};

struct Norm : Function<Norm> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps) {
    const at::Tensor values = x.contiguous(), scale = weight.contiguous(), added = bias.contiguous();
    const at::Tensor y = new_matrix(x, x.size(0), x.size(1));
    const NormParameters parameters = {scale.data_ptr<float>(), bias_data(added), static_cast<float>(eps)};
    parallel_pieces(x.size(0), kPieceRows,
                    [&](int64_t first, int64_t last) { norm_rows(parameters, rows_of(values, first, last), rows_of(y, first, last)); });
    ctx->save_for_backward({values, scale});
    ctx->saved_data["eps"] = eps;
    return y;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], grad_y = grads[0].contiguous();
    const at::Tensor grad_x = new_matrix(x, x.size(0), x.size(1));
    at::Tensor grad_weight, grad_bias;
    NormBackward task;
    task.norm = {weight.data_ptr<float>(), nullptr, static_cast<float>(ctx->saved_data["eps"].toDouble())};
    task.x = rows_of(x, 0, x.size(0));
    task.grad_y = rows_of(grad_y, 0, x.size(0));
    task.grad_x = rows_of(grad_x, 0, x.size(0));
    if (ctx->needs_input_grad(1)) {
      grad_weight = at::empty({x.size(1)}, x.options());
      task.grad_weight = grad_weight.data_ptr<float>();
    }
    if (ctx->needs_input_grad(2)) {
      grad_bias = at::empty({x.size(1)}, x.options());
      task.grad_bias = grad_bias.data_ptr<float>();
    }
    norm_backward(task);
    return {grad_x, grad_weight, grad_bias, at::Tensor()};
  }
};

// Tables that reach as far as `length`, shared by all calls: what they hold depends on their key alone.
std::shared_ptr<const RotaryTables> rotary_tables(double theta, int head_dim, int length) {
  struct Known {
    std::shared_ptr<const RotaryTables> tables;
    int length = 0;
  };
  static std::mutex mutex;
  static std::map<std::pair<double, int>, Known> cache;
  const std::lock_guard lock(mutex);
  Known& known = cache[{theta, head_dim}];
  if (known.length < length) {
    // A new one: backward passes may still read the old one.
    const int longer = std::max(length, 2 * known.length);
    auto tables = std::make_shared<RotaryTables>();
    tables->prepare(theta, head_dim, longer);
    known = {std::move(tables), longer};
  }
  return known.tables;
}

// All of an attention that is no tensor, kept by the graph from the forward to the backward pass.
struct AttentionCall : torch::CustomClassHolder {
  std::vector<int32_t> cu_seqlens;
  AttentionSpec spec;
  QueryRows rows = QueryRows::kAll;
  BatchDropout dropout;
  std::shared_ptr<const RotaryTables> rotary;

  BatchAttention on(const at::Tensor& q, const at::Tensor& kv, const at::Tensor& out, const at::Tensor& log_sum_exp) const {
    BatchAttention attention;
    attention.cu_seqlens = cu_seqlens;
    attention.spec = spec;
    attention.rows = rows;
    attention.dropout = dropout;
    attention.rotary = rotary ? rotary->find(spec.rope_theta, spec.head_dim) : nullptr;
    attention.q = q.data_ptr<float>();
    attention.kv = kv.data_ptr<float>();
    attention.q_stride = q.stride(0);
    attention.kv_stride = kv.stride(0);
    attention.out = out.data_ptr<float>();
    attention.log_sum_exp = log_sum_exp.data_ptr<float>();
    attention.queries = q.size(0);
    return attention;
  }
};
using AttentionCallPointer = c10::intrusive_ptr<AttentionCall>;

struct Attention : Function<Attention> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& q, const at::Tensor& kv, const AttentionCallPointer& call) {
    const at::Tensor queries = with_whole_rows(q), keys_values = with_whole_rows(kv);
    const at::Tensor out = new_matrix(q, q.size(0), q.size(1));
    const at::Tensor log_sum_exp = new_matrix(q, call->spec.num_heads, q.size(0));
    attend_batch(call->on(queries, keys_values, out, log_sum_exp));
    ctx->save_for_backward({queries, keys_values, out, log_sum_exp});
    ctx->saved_data["call"] = c10::IValue::make_capsule(call);
    return out;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &q = saved[0], &kv = saved[1], grad_out = grads[0].contiguous();
    const auto call = c10::static_intrusive_pointer_cast<AttentionCall>(ctx->saved_data["call"].toCapsule());
    const at::Tensor grad_q = new_matrix(q, q.size(0), q.size(1)), grad_kv = new_matrix(q, kv.size(0), kv.size(1));
    attend_batch_backward(call->on(q, kv, saved[2], saved[3]),
                          {grad_out.data_ptr<float>(), grad_q.data_ptr<float>(), grad_kv.data_ptr<float>()});
    return {grad_q, grad_kv, at::Tensor()};
  }
};

}  // namespace

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, TrainPrecision precision) {
  return Linear::apply(x, weight, or_empty(bias, x), static_cast<int64_t>(dense_precision(precision)));
}

at::Tensor attention(const at::Tensor& q, const at::Tensor& kv, const PackedBatch& batch, const AttentionSpec& spec, QueryRows rows,
                     double dropout, uint64_t seed) {
  auto call = c10::make_intrusive<AttentionCall>();
  call->cu_seqlens = batch.cu_seqlens;
  call->spec = spec;
  call->rows = rows;
  call->dropout = {dropout, seed};
  if (spec.rope_theta > 0) call->rotary = rotary_tables(spec.rope_theta, spec.head_dim, batch.max_seqlen);
  return Attention::apply(q, kv, call);
}

at::Tensor activation(const at::Tensor& x, ActivationKind kind) {
  return kind == ActivationKind::kIdentity ? x : Activation::apply(x, static_cast<int64_t>(kind));
}

at::Tensor gated(const at::Tensor& x, ActivationKind kind) { return Gated::apply(x, static_cast<int64_t>(kind)); }

at::Tensor norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps) {
  return Norm::apply(x, weight, or_empty(bias, x), eps);
}

}  // namespace crossrank::cpu_functions
