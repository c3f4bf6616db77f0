#include "hub/partial_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <string>
#include <thread>
#include <vector>

#include "crossrank/error.h"
#include "hub/test_in_folder.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

class PartialFileTest : public TestInFolder {
 protected:
  fs::path partial() const { return folder / "etag.incomplete"; }
  fs::path record() const { return folder / "etag.incomplete.parts"; }
};

TEST_F(PartialFileTest, a_file_of_one_part_is_its_own_record) {
  PartialFile(partial(), 6, 100).append(0, "abc");
  EXPECT_FALSE(fs::exists(record()));
  PartialFile file(partial(), 6, 100);
  EXPECT_EQ(file.parts(), 1);
  EXPECT_EQ(file.done(), 3);
  file.append(0, "def");
  file.move_to(folder / "etag");
  EXPECT_EQ(contents(folder / "etag"), "abcdef");
  EXPECT_FALSE(fs::exists(partial()));
}

TEST_F(PartialFileTest, parts_are_filled_in_any_order_and_go_on_after_a_cut) {
  {
    PartialFile file(partial(), 10, 4);
    ASSERT_EQ(file.parts(), 3);
    EXPECT_EQ(file.end(2), 10);
    file.append(2, "ij");
    file.append(0, "ab");
  }
  PartialFile file(partial(), 10, 4);
  EXPECT_EQ(file.done(0), 2);
  EXPECT_EQ(file.done(1), 0);
  EXPECT_EQ(file.done(2), 2);
  file.append(0, "cd");
  file.append(1, "efgh");
  EXPECT_EQ(file.done(), 10);
  file.move_to(folder / "etag");
  EXPECT_EQ(contents(folder / "etag"), "abcdefghij");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1);
}

TEST_F(PartialFileTest, threads_fill_their_parts_side_by_side) {
  constexpr int kParts = 4;
  PartialFile file(partial(), kParts * 100, 100);
  std::vector<std::thread> threads;
  for (int part = 0; part < kParts; ++part) {
    threads.emplace_back([&file, part] {
      for (int byte = 0; byte < 100; ++byte) file.append(part, std::string(1, static_cast<char>('a' + part)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  file.move_to(folder / "etag");
  EXPECT_EQ(contents(folder / "etag"), std::string(100, 'a') + std::string(100, 'b') + std::string(100, 'c') + std::string(100, 'd'));
}

TEST_F(PartialFileTest, what_an_older_program_left_from_the_start_counts_for_the_first_parts) {
  file("etag.incomplete", "abcdef");
  const PartialFile now(partial(), 10, 4);
  EXPECT_EQ(now.done(0), 4);
  EXPECT_EQ(now.done(1), 2);
  EXPECT_EQ(now.done(2), 0);
}

TEST_F(PartialFileTest, a_record_that_does_not_fit_is_thrown_away_with_its_file) {
  PartialFile(partial(), 10, 4).append(2, "ij");
  EXPECT_EQ(PartialFile(partial(), 10, 5).done(), 0);  // other parts
  PartialFile(partial(), 10, 5).append(1, "x");
  EXPECT_EQ(PartialFile(partial(), 10, 100).done(), 0);  // one part: a file with holes would pass for whole
  EXPECT_FALSE(fs::exists(record()));
  PartialFile(partial(), 10, 4).append(2, "ij");
  file("etag.incomplete.parts", "rubbish");
  EXPECT_EQ(PartialFile(partial(), 10, 4).done(), 0);
  const int64_t too_much[] = {4, 5, 0, 0};
  file("etag.incomplete.parts", {reinterpret_cast<const char*>(too_much), sizeof too_much});
  EXPECT_EQ(PartialFile(partial(), 10, 4).done(), 0);
}

TEST_F(PartialFileTest, a_part_can_start_again_and_so_can_all_as_one) {
  PartialFile file(partial(), 10, 4);
  file.append(0, "abcd");
  file.append(1, "xx");
  file.restart(1);
  EXPECT_EQ(file.done(1), 0);
  EXPECT_EQ(file.done(0), 4);
  file.restart_as_one_part();
  EXPECT_EQ(file.parts(), 1);
  EXPECT_EQ(file.done(), 0);
  file.append(0, "0123456789");
  file.move_to(folder / "etag");
  EXPECT_EQ(contents(folder / "etag"), "0123456789");
}

TEST_F(PartialFileTest, an_empty_file_has_one_part_that_is_done) {
  PartialFile file(partial(), 0, 4);
  EXPECT_EQ(file.parts(), 1);
  EXPECT_EQ(file.end(0), 0);
  file.move_to(folder / "etag");
  EXPECT_EQ(fs::file_size(folder / "etag"), 0U);
}

TEST_F(PartialFileTest, a_link_in_its_place_is_not_followed) {
  file("precious", "keep");
  fs::create_symlink(folder / "precious", partial());
  EXPECT_THROW(PartialFile(partial(), 4, 4), Error);
  EXPECT_EQ(contents(folder / "precious"), "keep");
}

TEST_F(PartialFileTest, a_full_disk_says_what_to_do_and_keeps_what_came) {
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  PartialFile file(partial(), 10, 100);
  const rlimit small = {4, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  file.append(0, "abcd");
  std::string message;
  try {
    file.append(0, "e");
  } catch (const Error& error) {
    message = error.what();
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_NE(message.find("make room"), std::string::npos) << message;
  EXPECT_EQ(file.done(), 4);
}

}  // namespace
}  // namespace crossrank
