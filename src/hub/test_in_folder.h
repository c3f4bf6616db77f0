// What the tests of the room share that write files: each has a folder of its own, gone at its end.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "base/test_folder.h"

namespace crossrank {

class TestInFolder : public ::testing::Test {
 protected:
  std::filesystem::path file(const std::string& name, std::string_view contents) const {
    std::filesystem::path path = folder / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << contents;
    return path;
  }
  static std::string contents(const std::filesystem::path& path) {
    std::ifstream stream(path);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

 private:
  const TestFolder own_;

 protected:
  const std::filesystem::path folder = own_.path();
};

}  // namespace crossrank
