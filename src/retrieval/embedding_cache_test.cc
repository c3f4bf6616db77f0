#include "retrieval/embedding_cache.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "base/error.h"
#include "base/test_folder.h"
#include "rank/output_is_no_number.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

// Makes three numbers of a text's length, counts the texts it is given, and breaks when told to.
class CountingEmbedder final : public Embedder {
 public:
  int dimensions() const override { return 3; }
  std::string identity() const override { return name; }
  std::string prompt(EmbeddingTask task, const PromptOptions& options) const override {
    return options.prompt.empty() ? (task == EmbeddingTask::kQuery ? "q" : "") : options.prompt;
  }
  void embed(std::span<const std::string_view> texts, std::string_view prompt, std::span<float> out,
             const Progress& progress) const override {
    for (size_t i = 0; i < texts.size(); ++i) {
      if (made == break_at) throw OutputIsNoNumber("model", "text", static_cast<int64_t>(i));
      ++made;
      for (size_t j = 0; j < 3; ++j) out[i * 3 + j] = static_cast<float>((texts[i].size() + prompt.size()) * 10 + j);
    }
    if (progress) progress(static_cast<int64_t>(texts.size()), static_cast<int64_t>(texts.size()));
  }

  std::string name = "counting";
  mutable int made = 0;
  int break_at = -1;
};

class EmbeddingCache : public testing::Test {
 protected:
  EmbeddingCache() {
    options_.folder = folder_.path();
    options_.chunk_rows = 4;
    for (int i = 0; i < 10; ++i) strings_.emplace_back(static_cast<size_t>(i + 1), 'x');
    texts_.assign(strings_.begin(), strings_.end());
  }

  EmbeddingStore open(const Progress& progress = {}) {
    embedder_.made = 0;
    return EmbeddingStore::open(embedder_, texts_, options_, progress);
  }
  void expect_right(const EmbeddingStore& store) const {
    ASSERT_EQ(store.rows(), static_cast<int64_t>(texts_.size()));
    for (size_t i = 0; i < texts_.size(); ++i) {
      for (size_t j = 0; j < 3; ++j) EXPECT_EQ(store.row(static_cast<int64_t>(i))[j], static_cast<float>(texts_[i].size() * 10 + j));
    }
  }
  fs::path only_file(const std::string& extension) const {
    fs::path found;
    for (const auto& entry : fs::directory_iterator(options_.folder)) {
      if (entry.path().extension() == extension) found = entry.path();
    }
    EXPECT_FALSE(found.empty()) << "no " << extension;
    return found;
  }
  static std::string contents(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

  const TestFolder folder_;
  CountingEmbedder embedder_;
  EmbeddingStoreOptions options_;
  std::vector<std::string> strings_;
  std::vector<std::string_view> texts_;
};

TEST_F(EmbeddingCache, without_a_folder_keeps_all_in_memory) {
  options_.folder = "";
  const EmbeddingStore store = open();
  expect_right(store);
  EXPECT_TRUE(store.file().empty());
  EXPECT_EQ(store.reused_rows(), 0);
}

TEST_F(EmbeddingCache, the_second_run_makes_nothing) {
  expect_right(open());
  EXPECT_EQ(embedder_.made, 10);
  const EmbeddingStore again = open();
  expect_right(again);
  EXPECT_EQ(embedder_.made, 0);
  EXPECT_EQ(again.reused_rows(), 10);
}

TEST_F(EmbeddingCache, a_run_that_was_cut_goes_on_behind_the_last_whole_chunk) {
  embedder_.break_at = 9;
  EXPECT_THROW((void)open(), Error);
  EXPECT_TRUE(fs::exists(only_file(".part")));
  embedder_.break_at = -1;
  std::vector<int64_t> seen;
  const EmbeddingStore store = open([&](int64_t done, int64_t total) {
    EXPECT_EQ(total, 10);
    seen.push_back(done);
  });
  expect_right(store);
  EXPECT_EQ(embedder_.made, 2);
  EXPECT_EQ(store.reused_rows(), 8);
  EXPECT_EQ(seen, (std::vector<int64_t>{8, 10}));
}

TEST_F(EmbeddingCache, a_text_whose_embedding_is_no_number_is_counted_from_the_first_of_all) {
  embedder_.break_at = 5;
  try {
    (void)open();
    ADD_FAILURE() << "no error";
  } catch (const OutputIsNoNumber& error) {
    EXPECT_EQ(error.index(), 5);
    EXPECT_STREQ(error.what(), "model: the output for text 5 is not a number: the weights are damaged or overflow");
  }
}

TEST_F(EmbeddingCache, only_a_damaged_chunk_is_made_again) {
  const fs::path file = open().file();
  std::string bytes = contents(file);
  bytes[128 + 5 * 12] ^= 1;  // row 5, of the second chunk
  write(file, bytes);
  const EmbeddingStore store = open();
  expect_right(store);
  EXPECT_EQ(embedder_.made, 4);
  EXPECT_EQ(store.reused_rows(), 6);
}

TEST_F(EmbeddingCache, a_torn_tail_is_made_again) {
  embedder_.break_at = 9;
  EXPECT_THROW((void)open(), Error);
  embedder_.break_at = -1;
  const fs::path part = only_file(".part"), sums = only_file(".sums");
  fs::resize_file(part, 128 + 7 * 12);
  fs::resize_file(sums, fs::file_size(sums) - 20);
  expect_right(open());
  EXPECT_EQ(embedder_.made, 6);
}

TEST_F(EmbeddingCache, foreign_files_under_its_names_are_never_believed) {
  const fs::path file = open().file();
  const fs::path sums = only_file(".sums");
  for (const std::string& bytes : {std::string(), std::string("not an array"), std::string(1000, '\0')}) {
    write(file, bytes);
    expect_right(open());
    EXPECT_EQ(embedder_.made, 10);
    write(sums, bytes);
    expect_right(open());
    EXPECT_EQ(embedder_.made, 10);
  }
}

TEST_F(EmbeddingCache, bytes_behind_the_matrix_are_cut_off) {
  const fs::path file = open().file();
  std::ofstream(file, std::ios::app) << "more";
  expect_right(open());
  EXPECT_EQ(embedder_.made, 0);
  EXPECT_EQ(fs::file_size(file), 128U + 10 * 12);
}

TEST_F(EmbeddingCache, the_file_is_a_numpy_array) {
  const std::string bytes = contents(open().file());
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  EXPECT_EQ(bytes[8] + 256 * bytes[9] + 10, 128);
  EXPECT_EQ(bytes.substr(10, 61), "{'descr': '<f4', 'fortran_order': False, 'shape': (10, 3), } ");
  EXPECT_EQ(bytes[127], '\n');
}

TEST_F(EmbeddingCache, another_model_prompt_or_text_is_another_file) {
  (void)open();
  embedder_.name = "other";
  (void)open();
  EXPECT_EQ(embedder_.made, 10);
  options_.prompt.prompt = "p";
  (void)open();
  EXPECT_EQ(embedder_.made, 10);
  std::swap(texts_[0], texts_[1]);
  (void)open();
  EXPECT_EQ(embedder_.made, 10);
  // One text cut in two, so that the bytes in a row are the same.
  const std::string_view whole = texts_.back();
  texts_.back() = whole.substr(0, 4);
  texts_.push_back(whole.substr(4));
  (void)open();
  EXPECT_EQ(embedder_.made, 11);
}

TEST_F(EmbeddingCache, two_runs_at_once_make_the_embeddings_once) {
  CountingEmbedder other;
  int64_t reused = -1;
  std::thread second;
  (void)open([&](int64_t done, int64_t) {
    if (done != 4) return;
    second = std::thread([&] { reused = EmbeddingStore::open(other, texts_, options_).reused_rows(); });
  });
  ASSERT_TRUE(second.joinable());
  second.join();
  EXPECT_EQ(reused, 10);
  EXPECT_EQ(other.made, 0);
}

TEST_F(EmbeddingCache, of_no_texts_is_empty) {
  texts_.clear();
  EXPECT_EQ(open().rows(), 0);
  EXPECT_EQ(open().rows(), 0);
  options_.folder = "";
  EXPECT_EQ(open().rows(), 0);
}

TEST_F(EmbeddingCache, names_a_folder_that_cannot_be_made) {
  options_.folder = "/proc/none/cache";
  try {
    (void)open();
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_NE(std::string(error.what()).find("/proc/none"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace crossrank
