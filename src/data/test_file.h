// For tests of readers: a file with given contents, and the message of the error that something throws.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/test_folder.h"
#include "crossrank/error.h"

namespace crossrank {

/// A file that goes away with the object.
class TestFile {
 public:
  TestFile(const std::string& name, std::string_view contents) : path_(folder_.path() / name) {
    std::ofstream(path_, std::ios::binary) << contents;
  }

  std::string path() const { return path_.string(); }

 private:
  const TestFolder folder_;
  const std::filesystem::path path_;
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
