// Tests of tensorboard_writer.h; the golden bytes are TensorBoard's own, by tools/make_tensorboard_golden.py.
#include "run/tensorboard_writer.h"

#include <gtest/gtest.h>

#include "base/mapped_file.h"
#include "base/test_folder.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

class Tensorboard : public ::testing::Test {
 protected:
  const TestFolder own_;
  const fs::path folder_ = own_.path();
};

TEST(Crc32c, is_that_of_the_standard) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u) << "the check value of CRC-32C";
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu) << "RFC 3720, B.4";
}

TEST_F(Tensorboard, bytes_are_those_of_tensorboard_itself) {
  std::string name = "{\"seed\": 12, \"name\": \"";
  for (int i = 0; i < 100; ++i) name += "é";
  TensorboardWriter writer(folder_ / "runs" / "one", 1700000000.25);
  writer.add_text("args", name + "\"}", 0, 1700000001.5);
  writer.add_record({{"epoch", 0.125}, {"loss", 0.6931471805599453}, {"step", 1}}, 1700000002.5);
  writer.add_record({{"eval_gooaq-dev_ndcg@10", 0.5}, {"epoch", 1.0}, {"step", 1000000}}, 1700000003.5);
  std::string expected = read_file("tests/goldens/train/events.bin", 1 << 20);
  EXPECT_EQ(read_file(writer.file(), 1 << 20), expected);
  EXPECT_TRUE(writer.file().filename().string().starts_with("events.out.tfevents.1700000000."));
}

TEST_F(Tensorboard, a_record_without_a_number_is_left_out) {
  TensorboardWriter writer(folder_, 1);
  const auto before = fs::file_size(writer.file());
  writer.add_record({{"grad_norm", nullptr}, {"step", 3}}, 2);
  EXPECT_EQ(fs::file_size(writer.file()), before);
}

TEST_F(Tensorboard, runs_lie_where_the_reference_puts_them) {
  const fs::path folder = tensorboard_folder(folder_, 1700000000);
  EXPECT_EQ(folder.parent_path(), folder_ / "runs");
  EXPECT_EQ(folder.filename().string().substr(0, 5), "Nov14");
}

}  // namespace
}  // namespace crossrank
