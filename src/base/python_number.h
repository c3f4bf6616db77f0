// python_number: numbers as Python prints them, for files and tables that must read as the reference's.
#pragma once

#include <string>

namespace crossrank {

/// As Python's str() writes it: the shortest text that reads back the same, "1.0", "1e-05", "nan". The second as NumPy's float32, of
/// which fewer digits are needed.
std::string python_number(double value);
std::string python_number(float value);

}  // namespace crossrank
