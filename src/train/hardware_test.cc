#include "train/hardware.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/test_folder.h"

namespace crossrank {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

class Hardware : public testing::Test {
 protected:
  void write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((folder_.path() / file).parent_path());
    std::ofstream(folder_.path() / file) << text;
  }
  Lines of(int gpus) const {
    Lines lines = training_hardware(gpus, folder_.path());
    std::erase_if(lines, [](const auto& line) { return line.first == "CPU Threads"; });
    return lines;
  }
  TestFolder folder_;
};

TEST_F(Hardware, is_what_the_kernels_tables_say) {
  write("proc/cpuinfo",
        "processor\t: 0\nmodel\t\t: 85\nmodel name\t: A Processor @ 2.0GHz: fast\nflags\t\t:\n\nprocessor\t: 1\nmodel name\t: Another\n");
  write("proc/meminfo", ": 1\nMemTotal:       24576000 kB\nMemFree: 1 kB\n");
  EXPECT_EQ(of(0), (Lines{{"GPU Model", "No GPU used"}, {"CPU Model", "A Processor @ 2.0GHz: fast"}, {"RAM Size", "23.44 GB"}}));
}

TEST_F(Hardware, of_gpus_is_their_model_and_number) {
  write("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA H100\nIRQ:   \t\t 0\n");
  EXPECT_EQ(of(2), (Lines{{"GPU Model", "2 x NVIDIA H100"}}));
}

TEST_F(Hardware, that_nothing_is_known_of_is_left_out) { EXPECT_EQ(of(1), Lines()); }

TEST_F(Hardware, counts_the_threads_that_this_process_may_use) {
  const Lines lines = training_hardware(1, folder_.path());
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].first, "CPU Threads");
  EXPECT_GE(std::stoi(lines[0].second), 1);
}

}  // namespace
}  // namespace crossrank
