#include "data/byte_source.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "data/test_file.h"
#include "data/test_packing.h"

namespace crossrank {
namespace {

std::string read_all(const std::string& path, size_t at_once = 1000) {
  const auto source = ByteSource::open(path);
  std::string all, part(at_once, '\0');
  while (const size_t count = source->read(part.data(), part.size())) all.append(part, 0, count);
  return all;
}

std::string read_as(const std::string& name, const std::string& contents, size_t at_once = 1000) {
  const TestFile file(name, contents);
  return read_all(file.path(), at_once);
}

// Text that does not pack to nothing.
std::string long_text() {
  std::string text;
  uint32_t state = 1;
  while (text.size() < 300'000) {
    state = state * 1664525 + 1013904223;
    text += std::to_string(state) + (state % 7 == 0 ? "\n" : " ");
  }
  return text;
}

TEST(ByteSource, gives_plain_gzip_and_zstd_alike_whatever_is_asked_for_at_once) {
  const std::string text = long_text();
  for (const size_t at_once : {1U, 7U, 4096U, 1U << 20}) {
    const std::string some = at_once == 1 ? text.substr(0, 5000) : text;
    EXPECT_EQ(read_as("t", some, at_once), some);
    EXPECT_EQ(read_as("t.gz", gzip(some), at_once), some);
    EXPECT_EQ(read_as("t.zst", zstd(some), at_once), some);
  }
}

TEST(ByteSource, goes_by_the_first_bytes_and_not_by_the_name) {
  EXPECT_EQ(read_as("t.txt", gzip("a")), "a");
  EXPECT_EQ(read_as("t.txt", zstd("a")), "a");
  EXPECT_EQ(read_as("t.txt", "\x1F"), "\x1F");
  EXPECT_EQ(read_as("t.txt", "\x28\xB5\x2F"), "\x28\xB5\x2F");
  EXPECT_EQ(error_of([] { read_as("t.gz", "plain"); }), "t.gz: no gzip data, whatever its name says; fetch or pack it again");
  EXPECT_EQ(error_of([] { read_as("t.zst", ""); }), "t.zst: no zstd data, whatever its name says; fetch or pack it again");
}

TEST(ByteSource, members_and_frames_follow_one_another) {
  EXPECT_EQ(read_as("t.gz", gzip("one\n") + gzip("") + gzip("two\n")), "one\ntwo\n");
  EXPECT_EQ(read_as("t.gz", gzip("one\n") + std::string(700, '\0')), "one\n");
  EXPECT_EQ(read_as("t.zst", zstd("one\n") + zstd("") + zstd("two\n")), "one\ntwo\n");
  const std::string skipped("\x50\x2A\x4D\x18\x03\0\0\0abc", 11);  // a frame that says to be passed over
  EXPECT_EQ(read_as("t.zst", zstd("one\n") + skipped + zstd("two\n")), "one\ntwo\n");
}

TEST(ByteSource, data_that_is_cut_anywhere_is_an_error_that_names_the_file) {
  const std::string text = "some text that is packed";
  for (const auto& [name, packed] : {std::pair("t.gz", gzip(text)), std::pair("t.zst", zstd(text))}) {
    for (size_t size = 4; size < packed.size(); ++size) {
      const std::string message = error_of([&, file = std::string(name), contents = packed.substr(0, size)] { read_as(file, contents); });
      EXPECT_TRUE(message.starts_with(std::string(name) + ": ") && message.find("is cut off after") != std::string::npos)
          << size << message;
    }
  }
}

TEST(ByteSource, damaged_data_is_an_error_that_names_file_and_place) {
  std::string packed = gzip(long_text());
  packed[packed.size() - 6] ^= 1;  // in the checksum
  EXPECT_NE(error_of([&] { read_as("t.gz", packed); }).find("t.gz: damaged gzip data near byte "), std::string::npos);
  EXPECT_NE(error_of([&] { read_as("t.gz", gzip("a") + "rest"); }).find("other bytes follow it"), std::string::npos);
  packed = zstd(long_text());
  packed[packed.size() - 2] ^= 1;
  EXPECT_NE(error_of([&] { read_as("t.zst", packed); }).find("t.zst: damaged zstd data near byte "), std::string::npos);
  EXPECT_NE(error_of([&] { read_as("t.zst", zstd("a") + "rest"); }).find("t.zst: "), std::string::npos);
}

TEST(ByteSource, what_unpacks_to_a_thousand_times_its_size_is_read_in_flat_memory) {
  const std::string bomb = gzip(std::string(64 << 20, 'x'));
  const TestFile file("bomb.gz", bomb + bomb + bomb + bomb);
  rusage before{}, after{};
  ::getrusage(RUSAGE_SELF, &before);
  const auto source = ByteSource::open(file.path());
  std::string part(1 << 16, '\0');
  size_t total = 0;
  while (const size_t count = source->read(part.data(), part.size())) total += count;
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_EQ(total, size_t{256} << 20);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 32 << 10);  // KiB
}

TEST(ByteSource, knows_how_much_of_the_packed_file_was_read) {
  const TestFile file("t.gz", gzip(long_text()));
  const auto source = ByteSource::open(file.path());
  EXPECT_GT(source->packed_size(), 100'000);
  EXPECT_EQ(source->packed_bytes_read(), 0);
  std::string part(1 << 20, '\0');
  while (source->read(part.data(), part.size()) > 0) continue;
  EXPECT_EQ(source->packed_bytes_read(), source->packed_size());
}

TEST(UnpackedName, drops_one_ending) {
  EXPECT_EQ(unpacked_name("a.jsonl.gz"), "a.jsonl");
  EXPECT_EQ(unpacked_name("a.csv.zst"), "a.csv");
  EXPECT_EQ(unpacked_name("a.gz.jsonl"), "a.gz.jsonl");
}

}  // namespace
}  // namespace crossrank
