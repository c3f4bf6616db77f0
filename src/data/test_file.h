// For tests of readers: a file with given contents, and the message of the error that something throws.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "crossrank/error.h"

namespace crossrank {

/// A file that goes away with the object.
class TestFile {
 public:
  TestFile(const std::string& name, std::string_view contents) {
    std::string folder = (std::filesystem::temp_directory_path() / "crossrank_test_XXXXXX").string();
    EXPECT_NE(::mkdtemp(folder.data()), nullptr);
    path_ = std::filesystem::path(folder) / name;
    std::ofstream(path_, std::ios::binary) << contents;
  }
  TestFile(const TestFile&) = delete;
  TestFile& operator=(const TestFile&) = delete;
  ~TestFile() { std::filesystem::remove_all(path_.parent_path()); }

  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// The message of the Error that `call` throws, from the last "/" of the path that it begins with; "" when it throws none.
template <typename Call>
std::string error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    const std::string message = error.what();
    const size_t end_of_path = message.find(':');
    const size_t slash = message.rfind('/', end_of_path);
    return slash == std::string::npos ? message : message.substr(slash + 1);
  }
  return "";
}

}  // namespace crossrank
