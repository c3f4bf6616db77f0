#include "run/card/python_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace crossrank {
namespace {

TEST(PythonText, a_literal_is_what_repr_writes) {
  EXPECT_EQ(python_literal("what is tea?"), "'what is tea?'");
  EXPECT_EQ(python_literal("it's"), "\"it's\"");
  EXPECT_EQ(python_literal("it's \"so\""), "'it\\'s \"so\"'");
  EXPECT_EQ(python_literal("a\\b\n\r\t\x01\x7F"), "'a\\\\b\\n\\r\\t\\x01\\x7f'");
  EXPECT_EQ(python_literal("\xF0\x9F\x98\x80\xC3\xA9"), "'\xF0\x9F\x98\x80\xC3\xA9'");
  EXPECT_EQ(python_literal("\xC2\xA0\xE2\x80\xAE\xE2\x80\x8B\xEF\xBB\xBF\xF3\xA0\x80\x81"), "'\\xa0\\u202e\\u200b\\ufeff\\U000e0001'");
}

TEST(PythonText, values_are_what_str_writes) {
  EXPECT_EQ(python_str("a\n'b'"), "a\n'b'");
  EXPECT_EQ(python_str(Json::parse(R"([1, 0.5, true, null, "a'b", ["c"], {"d": 2}])")), "[1, 0.5, True, None, \"a'b\", ['c'], {'d': 2}]");
  EXPECT_EQ(python_str(Json::array()), "[]");
  EXPECT_EQ(python_str(1.0), "1.0");
}

TEST(PythonText, numbers_have_the_reference_s_roundings) {
  EXPECT_EQ(python_rounded(10.2, 2), "10.2");
  EXPECT_EQ(python_rounded(15.375, 2), "15.38");
  EXPECT_EQ(python_rounded(2.675, 2), "2.67");  // the double is below
  EXPECT_EQ(python_rounded(8, 2), "8.0");
  EXPECT_EQ(python_rounded(-std::numeric_limits<double>::quiet_NaN(), 2), "nan");
  EXPECT_EQ(table_number(1.98352), "1.9835");
  EXPECT_EQ(table_number(2.13901), "2.1390");
  EXPECT_EQ(table_number(0.2), "0.2");
  EXPECT_EQ(table_number(1e-5), "1e-05");
  EXPECT_EQ(table_number(1.2345e-5), "0.0000");
  EXPECT_EQ(table_number(std::numeric_limits<double>::infinity()), "inf");
}

TEST(PythonText, a_change_has_its_sign) {
  EXPECT_EQ(number_with_change(0.75, 0.6309), "0.7500 (+0.1191)");
  EXPECT_EQ(number_with_change(0.5, 0.75), "0.5000 (-0.2500)");
  EXPECT_EQ(number_with_change(0.5, 0.5), "0.5000 (+0.0000)");
  EXPECT_EQ(number_with_change(-std::numeric_limits<double>::quiet_NaN(), 0.5), "nan (+nan)");
}

}  // namespace
}  // namespace crossrank
