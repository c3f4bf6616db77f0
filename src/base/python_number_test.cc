#include "base/python_number.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

TEST(PythonNumber, is_written_as_python_writes_it) {
  EXPECT_EQ(python_number(0.05), "0.05");
  EXPECT_EQ(python_number(1.0), "1.0");
  EXPECT_EQ(python_number(-2.0), "-2.0");
}

}  // namespace
}  // namespace crossrank
