#include "cpu/cpu_engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>

#include "cpu/int8_product.h"
#include "cpu/kernel_test.h"
#include "cpu/matmul.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> golden_models() {
  std::vector<std::string> folders;
  for (const auto& entry : fs::directory_iterator("tests/goldens/models")) {
    if (fs::exists(entry.path() / "config.json") || fs::exists(entry.path() / "modules.json")) folders.push_back(entry.path().string());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

// Sequences of made-up tokens: what they say does not matter here, only that both engines read the same.
PackedBatch random_batch(const ModelFolder& model, const std::vector<int>& lengths) {
  std::mt19937 generator(11);
  std::vector<Encoding> encodings;
  for (const int length : lengths) {
    Encoding& encoding = encodings.emplace_back();
    for (int i = 0; i < std::min(length, model.max_length); ++i) {
      encoding.ids.push_back(static_cast<int32_t>(generator() % static_cast<uint32_t>(model.encoder.vocab_size)));
      encoding.type_ids.push_back(model.encoder.type_vocab_size > 1 && i > length / 3 ? 1 : 0);
    }
  }
  return pack(encodings, 1 << 20).front();
}

std::vector<float> outputs(Engine& engine, const PackedBatch& batch) {
  std::vector<float> out(static_cast<size_t>(batch.sequences() * engine.num_outputs()));
  engine.outputs(batch, out);
  return out;
}

// The output row of each sequence, in the order of `lengths` of random_batch.
std::vector<std::vector<float>> rows_in_order(Engine& engine, const PackedBatch& batch) {
  const auto all = outputs(engine, batch);
  const auto width = static_cast<size_t>(engine.num_outputs());
  std::vector<std::vector<float>> rows(batch.order.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[static_cast<size_t>(batch.order[i])].assign(all.begin() + static_cast<std::ptrdiff_t>(i * width),
                                                     all.begin() + static_cast<std::ptrdiff_t>((i + 1) * width));
  }
  return rows;
}

class CpuEngineOnGoldens : public testing::TestWithParam<std::string> {
 protected:
  const std::shared_ptr<const ModelFolder> model_ = std::make_shared<const ModelFolder>(ModelFolder::open(GetParam()));
};

// f32 sums in another order: some 1e-6 of an output, through all layers.
TEST_P(CpuEngineOnGoldens, outputs_equal_the_reference_engine) {
  const auto reference = make_reference_engine(model_);
  const auto engine = make_cpu_engine(model_, {.threads = 2});
  const PackedBatch batch = random_batch(*model_, {1, 2, 7, 40, 130, 16, 15, 17, 64, 3});
  const auto wanted = outputs(*reference, batch);
  const auto found = outputs(*engine, batch);
  for (size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(found[i], wanted[i], 2e-5 * (1 + std::abs(wanted[i]))) << "output " << i;
}

// How far outputs of a precision are from those of fp32, in the size of the latter.
double distance_from_fp32(const std::shared_ptr<const ModelFolder>& model, ProductPrecision precision) {
  const auto engine = make_cpu_engine(model, {.precision = precision, .threads = 2});
  const PackedBatch batch = random_batch(*model, {1, 2, 7, 40, 130, 16, 15, 17, 64, 3});
  const auto wanted = outputs(*make_cpu_engine(model, {.threads = 2}), batch);
  const auto found = outputs(*engine, batch);
  double squares = 0, differences = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    squares += std::pow(static_cast<double>(wanted[i]), 2);
    differences += std::pow(static_cast<double>(found[i] - wanted[i]), 2);
  }
  return std::sqrt(differences / squares);
}

// Each product rounds its operands to 8 bits: outputs of these models, whose weights are random, move by up to 4e-2 of their size, and
// not by nothing.
TEST_P(CpuEngineOnGoldens, bf16_outputs_stay_near_those_of_fp32) {
  if (!has_fast_bf16()) GTEST_SKIP() << "this machine has no fast bf16 products";
  EXPECT_EQ(make_cpu_engine(model_, {.precision = ProductPrecision::kBf16, .threads = 2})->precision(), "bf16");
  const double distance = distance_from_fp32(model_, ProductPrecision::kBf16);
  EXPECT_LT(distance, 0.06);
  EXPECT_GT(distance, 0);
}

// Whole numbers: by up to 5e-2 of their size, and by 8e-2 where inputs have 8 bits too, in quads.
TEST_P(CpuEngineOnGoldens, int8_outputs_stay_near_those_of_fp32) {
  EXPECT_EQ(make_cpu_engine(model_, {.precision = ProductPrecision::kInt8, .threads = 2})->precision(), "int8");
  in_every_int8_layout([&] {
    const double distance = distance_from_fp32(model_, ProductPrecision::kInt8);
    EXPECT_LT(distance, int8_layout() == Int8Layout::kPairs ? 0.06 : 0.1);
    EXPECT_GT(distance, 0);
  });
}

INSTANTIATE_TEST_SUITE_P(Models, CpuEngineOnGoldens, testing::ValuesIn(golden_models()), [](const auto& test) {
  std::string name = fs::path(test.param).filename().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
});

class CpuEngineBits : public testing::TestWithParam<std::string> {
 protected:
  const std::shared_ptr<const ModelFolder> model_ =
      std::make_shared<const ModelFolder>(ModelFolder::open("tests/goldens/models/" + GetParam()));
  void expect_independence(ProductPrecision precision) const;
  static void expect_same(const std::vector<float>& a, const std::vector<float>& b, const std::string& what) {
    ASSERT_EQ(a.size(), b.size());
    EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0) << what;
  }
};

TEST_P(CpuEngineBits, a_bf16_sequences_outputs_do_not_depend_on_the_threads) {
  if (!has_fast_bf16()) GTEST_SKIP() << "this machine has no fast bf16 products";
  const PackedBatch batch = random_batch(*model_, {1, 90, 33, 400, 17, 128, 128, 5, 250, 64, 399, 12, 77});
  const auto of = [&](int threads, int group_tokens) {
    return outputs(*make_cpu_engine(model_, {.precision = ProductPrecision::kBf16, .threads = threads, .group_tokens = group_tokens}),
                   batch);
  };
  const auto wanted = of(1, 1024);
  for (const int threads : {2, 3}) expect_same(wanted, of(threads, 100), std::to_string(threads) + " threads");
}

void CpuEngineBits::expect_independence(ProductPrecision precision) const {
  const std::vector<int> lengths = {1, 90, 33, 400, 17, 128, 128, 5, 250, 64, 399, 12, 77};
  const PackedBatch batch = random_batch(*model_, lengths);
  const auto together = rows_in_order(*make_cpu_engine(model_, {.precision = precision, .threads = 1}), batch);
  for (const int threads : {2, 3}) {
    const auto others = rows_in_order(*make_cpu_engine(model_, {.precision = precision, .threads = threads, .group_tokens = 100}), batch);
    for (size_t i = 0; i < lengths.size(); ++i) expect_same(together[i], others[i], std::to_string(lengths[i]) + " tokens, other threads");
  }
  const auto engine = make_cpu_engine(model_, {.precision = precision, .threads = 2});
  for (int s = 0; s < batch.sequences(); ++s) {
    PackedBatch alone;
    const auto take = [&](const std::vector<int32_t>& from) {
      return std::vector<int32_t>(from.begin() + batch.cu_seqlens[static_cast<size_t>(s)],
                                  from.begin() + batch.cu_seqlens[static_cast<size_t>(s) + 1]);
    };
    alone.ids = take(batch.ids);
    alone.type_ids = take(batch.type_ids);
    alone.position_ids = take(batch.position_ids);
    alone.cu_seqlens = {0, batch.length(s)};
    alone.order = {0};
    alone.max_seqlen = batch.length(s);
    expect_same(together[static_cast<size_t>(batch.order[static_cast<size_t>(s)])], outputs(*engine, alone),
                std::to_string(alone.max_seqlen) + " tokens, alone");
  }
}

TEST_P(CpuEngineBits, a_sequences_outputs_do_not_depend_on_its_neighbours_or_on_the_threads) {
  expect_independence(ProductPrecision::kF32);
}

TEST_P(CpuEngineBits, nor_do_they_in_int8) {
  in_every_int8_layout([&] { expect_independence(ProductPrecision::kInt8); });
}

INSTANTIATE_TEST_SUITE_P(Models, CpuEngineBits,
                         testing::Values("modernbert-2026", "bert-512", "modernbert-mean-8192", "modernbert-odd-sizes", "roberta-514",
                                         "deberta-v3-512", "deberta-1024"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(CpuEngine, every_instruction_set_gives_the_references_outputs) {
  for (const std::string name : {"modernbert-2026", "deberta-v3-512", "deberta-v2-labels3"}) {
    const auto model = std::make_shared<const ModelFolder>(ModelFolder::open("tests/goldens/models/" + name));
    const PackedBatch batch = random_batch(*model, {1, 50, 130, 9});
    const auto wanted = outputs(*make_reference_engine(model), batch);
    on_every_instruction_set([&] {
      const auto found = outputs(*make_cpu_engine(model, {.threads = 2}), batch);
      for (size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(found[i], wanted[i], 2e-5 * (1 + std::abs(wanted[i]))) << name;
    });
  }
}

TEST(CpuEngine, says_what_it_runs_on) {
  const auto model = std::make_shared<const ModelFolder>(ModelFolder::open("tests/goldens/models/modernbert-2026"));
  const auto engine = make_cpu_engine(model, {.threads = 3});
  EXPECT_EQ(engine->threads(), 3);
  EXPECT_EQ(engine->precision(), "fp32");
  EXPECT_EQ(engine->instruction_set(), instruction_set_in_use());
}

}  // namespace
}  // namespace crossrank
