// Python's ways of writing values: literals for the card's example, numbers with the reference's roundings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"

namespace crossrank {

/// repr() of a str: one line, in single quotes where it has none; what cannot be seen is escaped.
std::string python_literal(std::string_view text);

/// str() of what a cell of a data set holds: texts as they are, True, None, [1, 'a'].
std::string python_str(const Json& value);

/// round(value, digits) as it is printed: 0.7, 2.0, 1e-05 rounds to 0.0.
std::string python_rounded(double value, int digits);

/// As the reference's tables show a number: four digits where it has more, else all.
std::string table_number(double value);

/// "578,402"; no less than 0.
std::string with_commas(int64_t number);

/// "0.6667 (+0.1667)".
std::string number_with_change(double value, double base);

}  // namespace crossrank
