#include "arch/safetensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>

#include "crossrank/error.h"

namespace crossrank {
namespace {

std::string file_of(const std::string& header, const std::string& data) {
  std::string bytes(8, '\0');
  uint64_t length = header.size();
  for (int i = 0; i < 8; ++i, length >>= 8) bytes[static_cast<size_t>(i)] = static_cast<char>(length & 0xFF);
  return bytes + header + data;
}

Safetensors parse(const std::string& bytes) { return Safetensors::parse(std::as_bytes(std::span(bytes)), "model.safetensors"); }

std::string message_of(const std::string& bytes) {
  try {
    parse(bytes);
  } catch (const Error& problem) {
    return problem.what();
  }
  return "no error";
}

TEST(Safetensors, reads_every_stored_type_as_f32) {
  const float f32[2] = {1.5f, -2.0f};
  const uint16_t bf16[2] = {0x3FC0, 0xC000}, f16[4] = {0x3E00, 0xC000, 0x0001, 0x7C00};
  std::string data(reinterpret_cast<const char*>(f32), 8);
  data.append(reinterpret_cast<const char*>(bf16), 4).append(reinterpret_cast<const char*>(f16), 8);
  const std::string bytes =
      file_of(R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
              R"("b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},"c":{"dtype":"F16","shape":[4],"data_offsets":[12,20]}})",
              data);
  const Safetensors file = parse(bytes);
  ASSERT_EQ(file.tensors().size(), 3u);
  for (const char* name : {"a", "b", "c"}) {
    float values[2];
    file.tensors().find(name)->second.read(0, values);
    EXPECT_EQ(values[0], 1.5f) << name;
    EXPECT_EQ(values[1], -2.0f) << name;
  }
  float special[2];
  file.tensors().find("c")->second.read(2, special);
  EXPECT_EQ(special[0], std::ldexp(1.0f, -24));
  EXPECT_TRUE(std::isinf(special[1]));
}

TEST(Safetensors, a_header_that_lies_about_its_length_is_an_error) {
  EXPECT_NE(message_of("short"), "no error");
  EXPECT_NE(message_of(std::string(8, '\xFF') + "{}"), "no error");
  EXPECT_NE(message_of(std::string(8, '\x7F') + "{}"), "no error");
  EXPECT_NE(message_of(file_of("{\"a\":", "")), "no error");
  EXPECT_NE(message_of(file_of("[]", "")), "no error");
}

TEST(Safetensors, offsets_and_shapes_are_believed_only_when_they_agree_with_the_file) {
  const auto entry = [](const std::string& shape, const std::string& offsets, const std::string& dtype = "F32") {
    return message_of(
        file_of("{\"a\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}", "12345678"));
  };
  EXPECT_EQ(entry("[2]", "[0,8]"), "no error");
  EXPECT_NE(entry("[2]", "[0,16]"), "no error");  // past the end
  EXPECT_NE(entry("[2]", "[8,0]"), "no error");   // reversed
  EXPECT_NE(entry("[3]", "[0,8]"), "no error");   // another size
  EXPECT_NE(entry("[1]", "[4,8]"), "no error");   // a hole
  EXPECT_NE(entry("[1]", "[0,4]"), "no error");   // bytes that belong to nobody
  EXPECT_NE(entry("[-2]", "[0,8]"), "no error");
  EXPECT_NE(entry("[2.0]", "[0,8]"), "no error");
  EXPECT_NE(entry("[4611686018427387904,4]", "[0,8]"), "no error");  // overflow
  EXPECT_NE(entry("[2]", "[0,8]", "F31"), "no error");
  EXPECT_NE(entry("2", "[0,8]"), "no error");
  EXPECT_NE(entry("[2]", "[0]"), "no error");
}

TEST(Safetensors, tensors_may_not_overlap) {
  const std::string message = message_of(file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                                                 R"("b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                                                 "12345678"));
  EXPECT_NE(message.find("tensor b"), std::string::npos) << message;
}

}  // namespace
}  // namespace crossrank
