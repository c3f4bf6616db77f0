// Tests of checkpoint_folder.h: whole or not there, the last good one, rotation.
#include "run/checkpoint_folder.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/test_folder.h"
#include "crossrank/error.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

class CheckpointFolder : public ::testing::Test {
 protected:
  static void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }

  fs::path make(int64_t step, const std::string& weights = "weights") {
    NewCheckpoint checkpoint(output_, step);
    write(checkpoint.folder() / "model.safetensors", weights);
    fs::create_directory(checkpoint.folder() / "eval");
    write(checkpoint.folder() / "eval" / "results.csv", "1,2");
    return checkpoint.commit().folder;
  }

  std::vector<int64_t> steps() const {
    std::vector<int64_t> found;
    for (const Checkpoint& checkpoint : checkpoints_of(output_)) found.push_back(checkpoint.step);
    return found;
  }

  size_t entries() const { return static_cast<size_t>(std::distance(fs::directory_iterator(output_), {})); }

  const TestFolder folder_;
  const fs::path output_ = folder_.path();
};

TEST_F(CheckpointFolder, a_checkpoint_has_its_name_only_when_it_is_whole) {
  {
    NewCheckpoint checkpoint(output_, 10);
    write(checkpoint.folder() / "model.safetensors", "half");
    EXPECT_TRUE(steps().empty());
  }
  EXPECT_EQ(entries(), 0u) << "what was not committed goes away";
  make(10);
  EXPECT_EQ(steps(), std::vector<int64_t>{10});
  EXPECT_EQ(damage_of(output_ / "checkpoint-10"), std::nullopt);
}

TEST_F(CheckpointFolder, a_process_killed_while_writing_leaves_the_older_one_as_the_last) {
  make(10);
  const pid_t child = ::fork();
  if (child == 0) {
    const NewCheckpoint checkpoint(output_, 20);
    write(checkpoint.folder() / "model.safetensors", "half");
    ::raise(SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(last_good_checkpoint(output_)->step, 10);
  EXPECT_EQ(entries(), 2u);
  remove_unfinished_checkpoints(output_);
  EXPECT_EQ(entries(), 1u);
}

TEST_F(CheckpointFolder, a_step_that_is_saved_again_replaces_the_old_one) {
  make(10, "old");
  make(10, "new");
  EXPECT_EQ(entries(), 1u);
  std::ifstream file(output_ / "checkpoint-10" / "model.safetensors");
  std::string text;
  file >> text;
  EXPECT_EQ(text, "new");
  EXPECT_EQ(damage_of(output_ / "checkpoint-10"), std::nullopt);
}

TEST_F(CheckpointFolder, a_torn_newest_one_is_passed_over_with_a_notice) {
  make(9);
  make(10);
  make(100);
  std::vector<std::string> notices;
  const auto note = [&](const std::string& message) { notices.push_back(message); };
  fs::resize_file(output_ / "checkpoint-100" / "model.safetensors", 3);
  EXPECT_EQ(last_good_checkpoint(output_, note)->step, 10);
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_NE(notices[0].find("checkpoint-100 is passed over: model.safetensors has 3 bytes instead of 7"), std::string::npos) << notices[0];

  write(output_ / "checkpoint-10" / "model.safetensors", "weighty");
  fs::remove(output_ / "checkpoint-100" / "eval" / "results.csv");
  notices.clear();
  EXPECT_EQ(last_good_checkpoint(output_, note)->step, 9);
  ASSERT_EQ(notices.size(), 2u);
  EXPECT_NE(notices[0].find("lacks eval/results.csv"), std::string::npos) << notices[0];
  EXPECT_NE(notices[1].find("model.safetensors has other bytes than were written"), std::string::npos) << notices[1];

  write(output_ / "checkpoint-9" / "crossrank_manifest.json", "{\"step\"");
  EXPECT_EQ(last_good_checkpoint(output_), std::nullopt);
}

TEST_F(CheckpointFolder, rotation_keeps_the_newest_and_the_best_as_the_reference_does) {
  const auto rotate = [&](int64_t limit, const std::vector<fs::path>& kept) { rotate_checkpoints(output_, limit, kept); };
  for (const int64_t step : {5, 10, 15, 20, 25}) make(step);
  rotate(0, {});
  EXPECT_EQ(steps().size(), 5u);
  rotate(3, {output_ / "checkpoint-5"});
  EXPECT_EQ(steps(), (std::vector<int64_t>{5, 20, 25}));
  rotate(2, {output_ / "checkpoint-5", output_ / "checkpoint-20"});
  EXPECT_EQ(steps(), (std::vector<int64_t>{5, 20, 25}));
  rotate(1, {output_ / "checkpoint-20"});
  EXPECT_EQ(steps(), (std::vector<int64_t>{20, 25}));
  rotate(1, {});
  EXPECT_EQ(steps(), std::vector<int64_t>{25});
  EXPECT_EQ(entries(), 1u);
}

TEST_F(CheckpointFolder, other_folders_are_no_checkpoints) {
  for (const char* name : {"checkpoint-", "checkpoint-x", "checkpoint-1x", "final", "checkpoint--1"}) fs::create_directory(output_ / name);
  write(output_ / "checkpoint-3", "a file");
  EXPECT_TRUE(steps().empty());
  EXPECT_TRUE(checkpoints_of(output_ / "absent").empty());
}

TEST_F(CheckpointFolder, resume_takes_true_a_folder_or_nothing) {
  EXPECT_EQ(checkpoint_to_resume(output_, ""), std::nullopt);
  std::vector<std::string> notices;
  EXPECT_EQ(checkpoint_to_resume(output_, "true", [&](const std::string& message) { notices.push_back(message); }), std::nullopt);
  EXPECT_EQ(notices.size(), 1u);
  make(10);
  const fs::path newest = make(20);
  EXPECT_EQ(checkpoint_to_resume(output_, "false"), std::nullopt);
  EXPECT_EQ(checkpoint_to_resume(output_, "true")->step, 20);
  EXPECT_EQ(checkpoint_to_resume(output_, (output_ / "checkpoint-10/").string())->step, 10);
  EXPECT_THROW(checkpoint_to_resume(output_, (output_ / "checkpoint-30").string()), Error);

  fs::resize_file(newest / "model.safetensors", 1);
  EXPECT_THROW(checkpoint_to_resume(output_, newest.string()), Error);
  fs::resize_file(output_ / "checkpoint-10" / "model.safetensors", 1);
  EXPECT_THROW(checkpoint_to_resume(output_, "true"), Error) << "a run does not begin anew where there was one";
}

TEST_F(CheckpointFolder, a_place_that_cannot_be_written_is_an_error_that_names_it) {
  write(output_ / "file", "");
  try {
    NewCheckpoint(output_ / "file", 1);
    FAIL();
  } catch (const Error& problem) {
    EXPECT_EQ(problem.code(), ErrorCode::kIo);
    EXPECT_NE(std::string(problem.what()).find("file/.checkpoint-1.writing"), std::string::npos) << problem.what();
  }
}

}  // namespace
}  // namespace crossrank
