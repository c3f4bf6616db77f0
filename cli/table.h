// Table: results for people's eyes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace crossrank {

/// `text` on one line of at most `width` columns, ending in "..." where it was cut. Control characters and those that change the
/// direction of writing become spaces, so that no document can take over a terminal.
std::string one_line(std::string_view text, int width);

/// Rows under a header, columns aligned: numbers to the right, the last column to the left and cut so that lines fit in `width`.
std::string table(std::span<const std::string> header, std::span<const std::vector<std::string>> rows, int width);

/// Columns of the terminal that standard output is; 120 where it is none.
int terminal_width();

}  // namespace crossrank
