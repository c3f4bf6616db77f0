#include "hub/file_lock.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "crossrank/error.h"
#include "hub/test_in_folder.h"

namespace crossrank {
namespace {

using FileLockTest = TestInFolder;

TEST_F(FileLockTest, threads_that_want_one_lock_take_turns) {
  std::atomic<int> inside = 0, most = 0, total = 0;  // the kernel's lock orders them, which ThreadSanitizer cannot see
  std::atomic<int> waits = 0;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 20; ++turn) {
        const FileLock lock(folder / "a.lock", [&] { ++waits; });
        most = std::max(most.load(), ++inside);
        ++total;
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(most.load(), 1);
  EXPECT_EQ(total.load(), 160);
}

TEST_F(FileLockTest, who_waits_is_told_so_once) {
  std::atomic<int> waits = 0;
  std::thread other;
  {
    const FileLock lock(folder / "a.lock");
    EXPECT_TRUE(lock.held());
    other = std::thread([&] { const FileLock second(folder / "a.lock", [&] { ++waits; }); });
    while (waits == 0) std::this_thread::yield();
  }
  other.join();
  EXPECT_EQ(waits, 1);
}

TEST_F(FileLockTest, the_kernel_gives_the_lock_of_a_dead_process_back) {
  const pid_t child = ::fork();
  if (child == 0) {
    const FileLock lock(folder / "a.lock");
    ::_exit(0);  // no destructor
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  bool waited = false;
  const FileLock lock(folder / "a.lock", [&] { waited = true; });
  EXPECT_FALSE(waited);
}

TEST_F(FileLockTest, the_file_stays_and_others_of_the_group_may_lock_it) {
  { const FileLock lock(folder / "a.lock"); }
  struct stat status {};
  ASSERT_EQ(::stat((folder / "a.lock").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0664U);
}

TEST_F(FileLockTest, a_file_that_was_removed_meanwhile_guards_nothing_and_is_made_again) {
  std::atomic<bool> waiting = false;
  std::thread other;
  {
    const FileLock lock(folder / "a.lock");
    other = std::thread([&] {
      const FileLock second(folder / "a.lock", [&] { waiting = true; });
      EXPECT_TRUE(std::filesystem::exists(folder / "a.lock"));
    });
    while (!waiting) std::this_thread::yield();
    std::filesystem::remove(folder / "a.lock");
  }
  other.join();
}

TEST_F(FileLockTest, a_link_in_its_place_or_a_missing_folder_is_an_error) {
  std::filesystem::create_symlink("elsewhere", folder / "a.lock");
  EXPECT_THROW(FileLock(folder / "a.lock"), Error);
  EXPECT_THROW(FileLock(folder / "no" / "a.lock"), Error);
}

}  // namespace
}  // namespace crossrank
