#include "arch/safetensors_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <filesystem>

#include "arch/safetensors.h"
#include "base/mapped_file.h"
#include "base/test_folder.h"

namespace crossrank {
namespace {

TEST(SafetensorsWriter, tensors_read_back_as_they_were_and_data_is_aligned) {
  const TestFolder folder;
  const std::filesystem::path file = folder.path() / "model.safetensors";
  const std::array<float, 6> matrix = {1, -2, 3.5f, 0, 1e-30f, 6};
  const std::array<float, 1> one = {7};
  for (const std::string name : {"a", "abcdefgh", "\"quoted\" \xc3\xa9"}) {
    const std::array<NamedTensor, 2> tensors = {NamedTensor{name, {2, 3}, matrix}, NamedTensor{"bias", {1}, one}};
    write_safetensors(file, tensors);
    const std::string bytes = read_file(file, 1 << 20);
    uint64_t header = 0;
    std::memcpy(&header, bytes.data(), sizeof header);
    EXPECT_EQ(header % 8, 0u);
    const Safetensors read = Safetensors::open(file);
    ASSERT_EQ(read.tensors().size(), 2u);
    const TensorView& view = read.tensors().at(name);
    EXPECT_EQ(view.shape, (std::vector<int64_t>{2, 3}));
    std::array<float, 6> values{};
    view.read(0, values);
    EXPECT_EQ(values, matrix);
  }
}

}  // namespace
}  // namespace crossrank
