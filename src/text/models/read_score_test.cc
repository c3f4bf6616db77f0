#include "text/models/read_score.h"

#include <gtest/gtest.h>

#include <cmath>

namespace crossrank {
namespace {

TEST(ReadScore, short_numbers_are_the_nearest) {
  EXPECT_EQ(read_score("-2.5"), -2.5);
  EXPECT_EQ(read_score("0.0"), 0.0);
  EXPECT_EQ(read_score("1e3"), 1000.0);
  EXPECT_EQ(read_score("1.25E-2"), 0.0125);
  EXPECT_EQ(read_score("-12e+1"), -120.0);
  EXPECT_EQ(read_score("0.1"), 0.1);
}

// From tokenizers 0.23.3: json.loads(Tokenizer.from_str(..).to_str()).
TEST(ReadScore, long_numbers_are_off_by_as_much_as_the_references) {
  EXPECT_EQ(read_score("-10.134364128112793"), -0x1.444cb5fffffffp+3);
  EXPECT_EQ(read_score("-2.1711838245391846"), -0x1.15e95a0000001p+1);
  EXPECT_EQ(read_score("-12.873998641967773"), -0x1.9bf7cbfffffffp+3);
  EXPECT_EQ(read_score("-123456789012345678901234567890.5"), -0x1.8ee90ff6c373ep+96);
  EXPECT_EQ(read_score("18446744073709551615.25"), 0x1.0000000000000p+64);
  EXPECT_EQ(read_score("18446744073709551616.25"), 0x1.0000000000000p+64);
  EXPECT_EQ(read_score("-0.123456789012345678901234567890"), -0x1.f9add3746f65fp-4);
  EXPECT_EQ(read_score("3.14159265358979323846e-5"), 0x1.07893043048cfp-15);
  EXPECT_EQ(read_score("2.2250738585072014e-308"), 0x1.0000000000000p-1022);
  EXPECT_EQ(read_score("4.9e-324"), 0x0.0000000000001p-1022);
  EXPECT_EQ(read_score("123456789012345678901234e-10"), 0x1.674e79c5fe522p+43);
  EXPECT_EQ(read_score("-1234567890123456789.98765e3"), -0x1.0bb448ec2f608p+70);
  EXPECT_EQ(read_score("1e-400"), 0x0.0p+0);
  EXPECT_EQ(read_score("12345678901234567890123"), 0x1.4ea15b273b38ap+73);
}

TEST(ReadScore, what_the_reference_refuses_is_infinite_and_what_is_too_small_is_nothing) {
  EXPECT_TRUE(std::isinf(read_score("1e309")));
  EXPECT_TRUE(std::isinf(read_score("123456789e301")));
  EXPECT_TRUE(std::isinf(read_score("1e99999999999999999999")));
  EXPECT_EQ(read_score("1e-400"), 0.0);
  EXPECT_EQ(read_score("0e999"), 0.0);
  EXPECT_EQ(read_score("1e-99999999999999999999"), 0.0);
}

}  // namespace
}  // namespace crossrank
