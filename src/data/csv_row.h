// next_csv_row: one row of a CSV or TSV file, as RFC 4180 quotes it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/line_reader.h"

namespace crossrank {

/// Reads the next row into `fields` and the number of its first line into `first_line`; false at the end. A field that starts
/// with a quote goes to its closing quote, over separators and line ends (kept as they are); a doubled quote inside stands for
/// one. A quote inside an unquoted field is a character like others. Empty lines between rows are passed over. Fields are UTF-8,
/// repaired. Error(kInput) names the line: text after a closing quote, a quote that nothing closes, a row above kMaxLineBytes;
/// calling again goes on with the next line.
bool next_csv_row(LineReader& lines, char separator, std::vector<std::string>& fields, int64_t& first_line);

}  // namespace crossrank
