// A folder of its own for each test of the room, gone at its end.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace crossrank {

class TestFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "crossrank_hub_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = std::filesystem::canonical(name);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::filesystem::path file(const std::string& name, std::string_view contents) const {
    const std::filesystem::path path = folder / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << contents;
    return path;
  }
  static std::string contents(const std::filesystem::path& path) {
    std::ifstream stream(path);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  std::filesystem::path folder;
};

}  // namespace crossrank
