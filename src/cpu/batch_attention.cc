#include "cpu/batch_attention.h"

#include <algorithm>
#include <numeric>
#include <variant>
#include <vector>

#include "cpu/aligned_buffer.h"
#include "cpu/attention.h"
#include "cpu/attention_gradient.h"
#include "cpu/parallel.h"

namespace crossrank {
namespace {

template <typename Value>
class Tasks {
 public:
  explicit Tasks(const BatchAttention<Value>& attention) : a_(attention), order_(attention.cu_seqlens.size() - 1) {
    std::iota(order_.begin(), order_.end(), 0);
    std::stable_sort(order_.begin(), order_.end(), [&](int left, int right) { return length(left) > length(right); });
  }

  // Calls body(sequence, head) for all, longest sequences first.
  template <typename Body>
  void run(const Body& body) const {
    const int64_t heads = a_.spec.num_heads;
    parallel_tasks(static_cast<int64_t>(order_.size()) * heads,
                   [&](int64_t i) { body(order_[static_cast<size_t>(i / heads)], static_cast<int>(i % heads)); });
  }

  // The same, all sequences of a head by one thread, in the same order.
  template <typename Body>
  void run_by_head(const Body& body) const {
    parallel_tasks(a_.spec.num_heads, [&](int64_t head) {
      for (const int sequence : order_) body(sequence, static_cast<int>(head));
    });
  }

  BasicHeadAttention<Value> task(int sequence, int head) const {
    const bool all = a_.rows == QueryRows::kAll;
    const int64_t row = query_row(sequence), column = static_cast<int64_t>(head) * a_.spec.head_dim;
    BasicHeadAttention<Value> task;
    task.q = a_.q + row * a_.q_stride + column;
    task.k = a_.kv + begin(sequence) * a_.kv_stride + column;
    task.v = task.k + hidden();
    task.out = a_.out + row * hidden() + column;
    task.q_stride = a_.q_stride;
    task.kv_stride = a_.kv_stride;
    task.out_stride = hidden();
    task.head_dim = a_.spec.head_dim;
    task.window = a_.spec.window;
    task.length = length(sequence);
    task.first_query = a_.rows == QueryRows::kLast ? task.length - 1 : 0;
    task.queries = all ? task.length : 1;
    task.rotary = a_.rotary;
    task.relative = head_relative_scores(a_.spec.relative, a_.relative, a_.relative_rows, head, a_.spec.head_dim);
    task.log_sum_exp = a_.log_sum_exp + head * a_.queries + row;
    task.dropout = dropout_mask(a_.dropout.probability, a_.dropout.seed, sequence, head);
    return task;
  }

  int64_t begin(int sequence) const { return a_.cu_seqlens[static_cast<size_t>(sequence)]; }
  int64_t query_row(int sequence) const { return a_.rows == QueryRows::kAll ? begin(sequence) : sequence; }
  int length(int sequence) const { return static_cast<int>(begin(sequence + 1) - begin(sequence)); }
  int64_t hidden() const { return static_cast<int64_t>(a_.spec.num_heads) * a_.spec.head_dim; }

 private:
  const BatchAttention<Value>& a_;
  std::vector<int> order_;
};

float* this_threads_scratch(size_t floats) {
  static thread_local AlignedBuffer scratch;
  return scratch.grow(floats);
}

template <typename Value>
void attend_all(const BatchAttention<Value>& attention) {
  const Tasks tasks(attention);
  tasks.run([&](int sequence, int head) {
    const BasicHeadAttention<Value> task = tasks.task(sequence, head);
    attend(task, this_threads_scratch(attention_scratch_floats(task)));
  });
}

template <typename Value>
void attend_all_backward(const BatchAttention<Value>& attention, const BatchAttentionGradient<Value>& gradient) {
  const Tasks tasks(attention);
  const int64_t hidden = tasks.hidden();
  const auto run_task = [&](int sequence, int head) {
    const int64_t row = tasks.query_row(sequence), column = static_cast<int64_t>(head) * attention.spec.head_dim;
    BasicHeadAttentionGradient<Value> task;
    task.forward = tasks.task(sequence, head);
    task.grad_out = gradient.grad_out + row * hidden + column;
    task.grad_q = gradient.grad_q + row * hidden + column;
    task.grad_k = gradient.grad_kv + tasks.begin(sequence) * 2 * hidden + column;
    task.grad_v = task.grad_k + hidden;
    task.grad_out_stride = task.grad_q_stride = hidden;
    task.grad_kv_stride = 2 * hidden;
    if (gradient.grad_relative_keys != nullptr) task.grad_relative_keys = gradient.grad_relative_keys + column;
    if (gradient.grad_relative_queries != nullptr) task.grad_relative_queries = gradient.grad_relative_queries + column;
    if (gradient.grad_relative_bias != nullptr) task.grad_relative_bias = gradient.grad_relative_bias + head;
    task.grad_relative_stride = gradient.grad_relative_stride;
    attend_backward(task, this_threads_scratch(attention_gradient_scratch_floats(task.forward)));
  };
  std::holds_alternative<NoRelativeScores>(attention.spec.relative) ? tasks.run(run_task) : tasks.run_by_head(run_task);
}

}  // namespace

void attend_batch(const BatchAttention<float>& attention) { attend_all(attention); }
void attend_batch(const BatchAttention<Bf16>& attention) { attend_all(attention); }
void attend_batch_backward(const BatchAttention<float>& attention, const BatchAttentionGradient<float>& gradient) {
  attend_all_backward(attention, gradient);
}
void attend_batch_backward(const BatchAttention<Bf16>& attention, const BatchAttentionGradient<Bf16>& gradient) {
  attend_all_backward(attention, gradient);
}

}  // namespace crossrank
