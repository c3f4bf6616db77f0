#include "torch/own_address.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace crossrank {
namespace {

constexpr int kPort = 29500;

std::string error_of(const std::string& host, bool on_other_machines) {
  try {
    return "no error but " + own_address(host, kPort, on_other_machines);
  } catch (const Error& problem) {
    return problem.what();
  }
}

TEST(OwnAddress, on_one_machine_is_that_of_the_loopback) {
  EXPECT_EQ(own_address("127.0.0.1", kPort, false), "127.0.0.1");
  EXPECT_EQ(own_address("127.0.0.1", kPort, true), "127.0.0.1");  // two machines in name only
}

TEST(OwnAddress, a_name_that_means_this_machine_alone_is_an_error_where_there_are_others) {
  const std::string name = "0x7f000001";  // 127.0.0.1 in the resolver's eyes, as a machine's own name may be
  EXPECT_EQ(own_address(name, kPort, false), "127.0.0.1");
  EXPECT_TRUE(error_of(name, true).starts_with("MASTER_ADDR=0x7f000001: here it means 127.0.0.1, by which no other machine"))
      << error_of(name, true);
}

TEST(OwnAddress, of_a_name_that_means_nothing_names_the_variable) {
  EXPECT_TRUE(error_of("not a name", false).starts_with("MASTER_ADDR=not a name: ")) << error_of("not a name", false);
}

}  // namespace
}  // namespace crossrank
