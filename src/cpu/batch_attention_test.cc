// The tasks of a batch against the kernels of one head, which attention_test.cc and attention_gradient_test.cc hold to the definition.
#include "cpu/batch_attention.h"

#include <cstring>

#include "cpu/aligned_buffer.h"
#include "cpu/attention.h"
#include "cpu/kernel_test.h"
#include "cpu/openmp.h"

namespace crossrank {
namespace {

class BatchAttentionOf : public testing::TestWithParam<QueryRows> {
 protected:
  static constexpr int kHeads = 3, kDim = 8, kHidden = kHeads * kDim;
  const std::vector<int32_t> cu_seqlens_ = {0, 5, 6, 146, 150};
  const int sequences_ = 4, tokens_ = 150;
  const int queries_ = GetParam() == QueryRows::kAll ? tokens_ : sequences_;
  // Columns beside those of q and kv, as a fused projection's result has them.
  const int q_stride_ = kHidden + 3, kv_stride_ = 2 * kHidden + 5;
  const std::vector<float> q_ = random_floats(static_cast<size_t>(queries_ * q_stride_), 1);
  const std::vector<float> kv_ = random_floats(static_cast<size_t>(tokens_ * kv_stride_), 2);
  const std::vector<float> grad_out_ = random_floats(static_cast<size_t>(queries_ * kHidden), 3);

  struct Results {
    std::vector<float> out, log_sum_exp, grad_q, grad_kv;
  };

  Results run(int threads) const {
    use_openmp_threads(threads);
    const auto queries = static_cast<size_t>(queries_);
    Results results = {std::vector<float>(queries * kHidden), std::vector<float>(queries * kHeads), std::vector<float>(queries * kHidden),
                       std::vector<float>(static_cast<size_t>(tokens_) * 2 * kHidden)};
    BatchAttention<float> attention;
    attention.cu_seqlens = cu_seqlens_;
    attention.spec.num_heads = kHeads;
    attention.spec.head_dim = kDim;
    attention.rows = GetParam();
    attention.dropout = {0.1, 12};
    attention.q = q_.data();
    attention.kv = kv_.data();
    attention.q_stride = q_stride_;
    attention.kv_stride = kv_stride_;
    attention.out = results.out.data();
    attention.log_sum_exp = results.log_sum_exp.data();
    attention.queries = queries_;
    attend_batch(attention);
    attend_batch_backward(attention, BatchAttentionGradient<float>{grad_out_.data(), results.grad_q.data(), results.grad_kv.data()});
    use_one_openmp_thread();
    return results;
  }
};

TEST_P(BatchAttentionOf, rows_gives_each_head_of_each_sequence_its_place) {
  const Results found = run(2);
  for (int s = 0; s < sequences_; ++s) {
    const int begin = cu_seqlens_[static_cast<size_t>(s)], length = cu_seqlens_[static_cast<size_t>(s) + 1] - begin;
    for (int h = 0; h < kHeads; ++h) {
      const int row = GetParam() == QueryRows::kAll ? begin : s;
      HeadAttention task;
      task.q = q_.data() + row * q_stride_ + h * kDim;
      task.k = kv_.data() + begin * kv_stride_ + h * kDim;
      task.v = task.k + kHidden;
      task.q_stride = q_stride_;
      task.kv_stride = kv_stride_;
      task.out_stride = task.head_dim = kDim;
      task.length = length;
      task.first_query = GetParam() == QueryRows::kLast ? length - 1 : 0;
      task.queries = GetParam() == QueryRows::kAll ? length : 1;
      task.dropout = dropout_mask(0.1, 12, s, h);
      std::vector<float> out(static_cast<size_t>(task.queries * kDim));
      task.out = out.data();
      AlignedBuffer scratch(attention_scratch_floats(task));
      attend(task, scratch.data());
      for (int i = 0; i < task.queries; ++i) {
        const float* place = found.out.data() + (row + i) * kHidden + h * kDim;
        ASSERT_EQ(std::memcmp(place, out.data() + i * kDim, kDim * sizeof(float)), 0)
            << "sequence " << s << ", head " << h << ", query " << i;
      }
    }
  }
}

TEST_P(BatchAttentionOf, rows_has_the_same_bits_on_any_number_of_threads) {
  const Results one = run(1), three = run(3);
  EXPECT_EQ(one.out, three.out);
  EXPECT_EQ(one.log_sum_exp, three.log_sum_exp);
  EXPECT_EQ(one.grad_q, three.grad_q);
  EXPECT_EQ(one.grad_kv, three.grad_kv);
}

INSTANTIATE_TEST_SUITE_P(All, BatchAttentionOf, testing::Values(QueryRows::kAll));
INSTANTIATE_TEST_SUITE_P(First, BatchAttentionOf, testing::Values(QueryRows::kFirst));
INSTANTIATE_TEST_SUITE_P(Last, BatchAttentionOf, testing::Values(QueryRows::kLast));

}  // namespace
}  // namespace crossrank
