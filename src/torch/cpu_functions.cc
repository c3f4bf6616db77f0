// Everything a backward pass needs of its forward pass is saved by the graph; buffers that last no longer than a call are the kernels' own.
#include "torch/cpu_functions.h"

#include <ATen/core/ivalue.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>
#include <variant>

#include "cpu/activation.h"
#include "cpu/activation_gradient.h"
#include "cpu/batch_attention.h"
#include "cpu/dense.h"
#include "cpu/dropout.h"
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

// Operands are f32 or bf16: calls body(a float or a Bf16) for what x holds.
template <typename Body>
auto with_type_of(const at::Tensor& x, const Body& body) {
  return x.scalar_type() == at::kBFloat16 ? body(Bf16()) : body(0.0f);
}

template <typename Value>
Value* data_of(const at::Tensor& x) {
  return static_cast<Value*>(x.data_ptr());
}

// Rows [first, last) of a contiguous matrix.
template <typename Value = float>
BasicMatrixView<Value> rows_of(const at::Tensor& x, int64_t first, int64_t last) {
  const int64_t columns = x.size(1);
  return {data_of<Value>(x) + first * columns, static_cast<int>(last - first), static_cast<int>(columns), columns};
}

// A run of a tensor's numbers as one row.
template <typename Value>
BasicMatrixView<Value> run_of(const at::Tensor& x, int64_t first, int64_t last) {
  return {data_of<Value>(x) + first, 1, static_cast<int>(last - first), last - first};
}

DenseOut dense_out(const at::Tensor& x) {
  return with_type_of(x, [&](auto zero) -> DenseOut { return data_of<decltype(zero)>(x); });
}

// Without a bias, on either type.
void activate(ActivationKind kind, const MatrixView& x) { activate_rows(kind, nullptr, x); }
void activate(ActivationKind kind, const Bf16View& x) { activate_rows(kind, x); }
void gate(ActivationKind kind, const ConstMatrixView& x, const MatrixView& out) { gate_rows(kind, nullptr, x, out); }
void gate(ActivationKind kind, const ConstBf16View& x, const Bf16View& out) { gate_rows(kind, x, out); }

struct Linear : Function<Linear> {
  // `type` of the product's operands, `out_type` of y: kFloat or kBFloat16.
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int64_t type,
                            int64_t out_type) {
    const at::Tensor rows = x.to(static_cast<at::ScalarType>(type)).contiguous(), matrix = weight.contiguous(), added = bias.contiguous();
    at::Tensor y = at::empty({x.size(0), weight.size(0)}, x.options().dtype(static_cast<at::ScalarType>(out_type)));
    with_type_of(rows, [&](auto zero) {
      using Operand = decltype(zero);
      dense_forward(DenseForward<Operand>{x.size(0), x.size(1), weight.size(0), data_of<Operand>(rows), matrix.data_ptr<float>(),
                                          bias_data(added), dense_out(y)});
    });
    // The gradient of one is a product with the other: a frozen weight costs no memory.
    ctx->save_for_backward({weight.requires_grad() ? rows : at::Tensor(), x.requires_grad() ? matrix : at::Tensor()});
    ctx->saved_data["in"] = x.size(1);
    ctx->saved_data["type"] = type;
    ctx->saved_data["x_type"] = static_cast<int64_t>(x.scalar_type());
    return y;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const auto type_of = [&](const char* key) { return static_cast<at::ScalarType>(ctx->saved_data[key].toInt()); };
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor grad_y = grads[0].to(type_of("type")).contiguous();
    const auto f32 = grad_y.options().dtype(at::kFloat);
    const int64_t in = ctx->saved_data["in"].toInt(), out = grad_y.size(1);
    at::Tensor grad_x, grad_weight, grad_bias;
    if (ctx->needs_input_grad(0)) grad_x = at::empty({grad_y.size(0), in}, f32.dtype(type_of("x_type")));
    if (ctx->needs_input_grad(1)) grad_weight = at::empty({out, in}, f32);
    if (ctx->needs_input_grad(2)) grad_bias = at::empty({out}, f32);
    with_type_of(grad_y, [&](auto zero) {
      using Operand = decltype(zero);
      DenseBackward<Operand> map;
      map.rows = grad_y.size(0);
      map.in = in;
      map.out = out;
      map.grad_y = data_of<Operand>(grad_y);
      if (grad_x.defined()) {
        map.weight = saved[1].data_ptr<float>();
        map.grad_x = dense_out(grad_x);
      }
      if (grad_weight.defined()) {
        map.x = data_of<Operand>(saved[0]);
        map.grad_weight = grad_weight.data_ptr<float>();
      }
      if (grad_bias.defined()) map.grad_bias = grad_bias.data_ptr<float>();
      dense_backward(map);
    });
    return {grad_x, grad_weight, grad_bias, at::Tensor(), at::Tensor()};
  }
};

struct Activation : Function<Activation> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, int64_t kind) {
    const at::Tensor values = x.contiguous();
    at::Tensor y = new_matrix(x, x.size(0), x.size(1));
    with_type_of(x, [&](auto zero) {
      using Value = decltype(zero);
      parallel_pieces(values.numel(), kPieceFloats, [&](int64_t first, int64_t last) {
        std::copy(data_of<Value>(values) + first, data_of<Value>(values) + last, data_of<Value>(y) + first);
        activate(static_cast<ActivationKind>(kind), run_of<Value>(y, first, last));
      });
    });
    ctx->save_for_backward({values});
    ctx->saved_data["kind"] = kind;
    return y;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const at::Tensor x = ctx->get_saved_variables()[0], grad_y = grads[0].contiguous();
    const auto kind = static_cast<ActivationKind>(ctx->saved_data["kind"].toInt());
    const at::Tensor grad_x = new_matrix(x, x.size(0), x.size(1));
    with_type_of(x, [&](auto zero) {
      using Value = decltype(zero);
      parallel_pieces(x.numel(), kPieceFloats, [&](int64_t first, int64_t last) {
        activate_rows_backward(kind, run_of<Value>(x, first, last), run_of<Value>(grad_y, first, last), run_of<Value>(grad_x, first, last));
      });
    });
    return {grad_x, at::Tensor()};
  }
};

struct Gated : Function<Gated> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, int64_t kind) {
    const at::Tensor values = x.contiguous();
    at::Tensor y = new_matrix(x, x.size(0), x.size(1) / 2);
    with_type_of(x, [&](auto zero) {
      using Value = decltype(zero);
      parallel_pieces(x.size(0), kPieceRows, [&](int64_t first, int64_t last) {
        gate(static_cast<ActivationKind>(kind), rows_of<Value>(values, first, last), rows_of<Value>(y, first, last));
      });
    });
    ctx->save_for_backward({values});
    ctx->saved_data["kind"] = kind;
    return y;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const at::Tensor x = ctx->get_saved_variables()[0], grad_y = grads[0].contiguous();
    const auto kind = static_cast<ActivationKind>(ctx->saved_data["kind"].toInt());
    const at::Tensor grad_x = new_matrix(x, x.size(0), x.size(1));
    with_type_of(x, [&](auto zero) {
      using Value = decltype(zero);
      parallel_pieces(x.size(0), kPieceRows, [&](int64_t first, int64_t last) {
        gate_rows_backward(kind, rows_of<Value>(x, first, last), rows_of<Value>(grad_y, first, last), rows_of<Value>(grad_x, first, last));
      });
    });
    return {grad_x, at::Tensor()};
  }
};

// x by a mask that is a function of the seed.
at::Tensor dropped(const at::Tensor& x, double probability, int64_t seed) {
  const at::Tensor values = x.contiguous();
  at::Tensor out = new_matrix(x, x.size(0), x.size(1));
  const DropoutMask mask = dropout_mask(probability, static_cast<uint64_t>(seed));
  with_type_of(x, [&](auto zero) {
    using Value = decltype(zero);
    parallel_pieces(x.size(0), kPieceRows, [&](int64_t first, int64_t last) {
      drop_rows(mask, static_cast<int>(first), rows_of<Value>(values, first, last), rows_of<Value>(out, first, last));
    });
  });
  return out;
}

struct Dropout : Function<Dropout> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, double probability, int64_t seed) {
    ctx->saved_data["probability"] = probability;
    ctx->saved_data["seed"] = seed;
    return dropped(x, probability, seed);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    return {dropped(grads[0], ctx->saved_data["probability"].toDouble(), ctx->saved_data["seed"].toInt()), at::Tensor(), at::Tensor()};
  }
};

struct Norm : Function<Norm> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps) {
    const at::Tensor values = x.contiguous(), scale = weight.contiguous(), added = bias.contiguous();
    at::Tensor y = new_matrix(x, x.size(0), x.size(1));
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

// The tables of scores of distance, in rows that lie side by side; empty where there are none.
struct Tables {
  at::Tensor keys, queries, bias;

  RelativeTablePointers pointers() const {
    RelativeTablePointers pointers;
    for (const auto& [table, pointer] : {std::pair(&keys, &pointers.keys), {&queries, &pointers.queries}, {&bias, &pointers.bias}}) {
      if (table->numel() == 0) continue;
      *pointer = table->data_ptr<float>();
      pointers.stride = table->size(1);
    }
    return pointers;
  }
  Tables zeros() const { return {at::zeros_like(keys), at::zeros_like(queries), at::zeros_like(bias)}; }
};

// The rows of those tables by distance, for sequences up to `length`.
std::shared_ptr<const RelativeRows> relative_rows(const RelativeScores& scores, int length) {
  auto rows = std::make_shared<RelativeRows>();
  rows->prepare(scores, length);
  return rows;
}

// All of an attention that is no tensor, kept by the graph from the forward to the backward pass.
struct AttentionCall : torch::CustomClassHolder {
  std::vector<int32_t> cu_seqlens;
  AttentionSpec spec;
  QueryRows rows = QueryRows::kAll;
  BatchDropout dropout;
  std::shared_ptr<const RotaryTables> rotary;
  std::shared_ptr<const RelativeRows> relative_rows;

  template <typename Value>
  BatchAttention<Value> on(const at::Tensor& q, const at::Tensor& kv, const Tables& tables, const at::Tensor& out,
                           const at::Tensor& log_sum_exp) const {
    BatchAttention<Value> attention;
    attention.cu_seqlens = cu_seqlens;
    attention.spec = spec;
    attention.rows = rows;
    attention.dropout = dropout;
    attention.rotary = rotary ? rotary->find(spec.rope_theta, spec.head_dim) : nullptr;
    attention.relative = tables.pointers();
    attention.relative_rows = relative_rows ? relative_rows->centre() : nullptr;
    attention.q = data_of<Value>(q);
    attention.kv = data_of<Value>(kv);
    attention.q_stride = q.stride(0);
    attention.kv_stride = kv.stride(0);
    attention.out = data_of<Value>(out);
    attention.log_sum_exp = log_sum_exp.data_ptr<float>();
    attention.queries = q.size(0);
    return attention;
  }
};
using AttentionCallPointer = c10::intrusive_ptr<AttentionCall>;

struct Attention : Function<Attention> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& q, const at::Tensor& kv, const at::Tensor& keys,
                            const at::Tensor& queries, const at::Tensor& bias, const AttentionCallPointer& call) {
    const at::Tensor own_queries = with_whole_rows(q), keys_values = with_whole_rows(kv);
    const Tables tables = {keys.contiguous(), queries.contiguous(), bias.contiguous()};
    at::Tensor out = new_matrix(q, q.size(0), q.size(1));
    const at::Tensor log_sum_exp = at::empty({call->spec.num_heads, q.size(0)}, q.options().dtype(at::kFloat));
    with_type_of(q, [&](auto zero) { attend_batch(call->on<decltype(zero)>(own_queries, keys_values, tables, out, log_sum_exp)); });
    ctx->save_for_backward({own_queries, keys_values, out, log_sum_exp, tables.keys, tables.queries, tables.bias});
    ctx->saved_data["call"] = c10::IValue::make_capsule(call);
    return out;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &q = saved[0], &kv = saved[1], grad_out = grads[0].contiguous();
    const Tables tables = {saved[4], saved[5], saved[6]}, grad_tables = tables.zeros();
    const auto call = c10::static_intrusive_pointer_cast<AttentionCall>(ctx->saved_data["call"].toCapsule());
    const at::Tensor grad_q = new_matrix(q, q.size(0), q.size(1)), grad_kv = new_matrix(q, kv.size(0), kv.size(1));
    with_type_of(q, [&](auto zero) {
      using Value = decltype(zero);
      const auto data = [](const at::Tensor& table) { return table.numel() == 0 ? nullptr : table.data_ptr<float>(); };
      attend_batch_backward(
          call->on<Value>(q, kv, tables, saved[2], saved[3]),
          BatchAttentionGradient<Value>{data_of<Value>(grad_out), data_of<Value>(grad_q), data_of<Value>(grad_kv), data(grad_tables.keys),
                                        data(grad_tables.queries), data(grad_tables.bias), tables.pointers().stride});
    });
    return {grad_q, grad_kv, grad_tables.keys, grad_tables.queries, grad_tables.bias, at::Tensor()};
  }
};

}  // namespace

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, TrainPrecision precision, bool operand) {
  const auto type = precision == TrainPrecision::kBf16 && has_fast_bf16() ? at::kBFloat16 : at::kFloat;
  return Linear::apply(x, weight, or_empty(bias, weight), static_cast<int64_t>(type), static_cast<int64_t>(operand ? type : at::kFloat));
}

at::Tensor attention(const at::Tensor& q, const at::Tensor& kv, const PackedBatch& batch, const AttentionSpec& spec,
                     const RelativeTables<at::Tensor>& relative, QueryRows rows, double dropout, uint64_t seed) {
  auto call = c10::make_intrusive<AttentionCall>();
  call->cu_seqlens = batch.cu_seqlens;
  call->spec = spec;
  call->rows = rows;
  call->dropout = {dropout, seed};
  if (spec.rope_theta > 0) call->rotary = rotary_tables(spec.rope_theta, spec.head_dim, batch.max_seqlen);
  if (!std::holds_alternative<NoRelativeScores>(spec.relative)) call->relative_rows = relative_rows(spec.relative, batch.max_seqlen);
  const auto table = [&](const at::Tensor* given) { return given == nullptr ? at::empty({0}, q.options().dtype(at::kFloat)) : *given; };
  return Attention::apply(q, kv, table(relative.keys), table(relative.queries), table(relative.bias), call);
}

at::Tensor activation(const at::Tensor& x, ActivationKind kind) {
  return kind == ActivationKind::kIdentity ? x : Activation::apply(x, static_cast<int64_t>(kind));
}

at::Tensor gated(const at::Tensor& x, ActivationKind kind) { return Gated::apply(x, static_cast<int64_t>(kind)); }

at::Tensor dropout(const at::Tensor& x, double probability, uint64_t seed) {
  return Dropout::apply(x, probability, static_cast<int64_t>(seed));
}

at::Tensor norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps) {
  return Norm::apply(x, weight, or_empty(bias, x), eps);
}

}  // namespace crossrank::cpu_functions
