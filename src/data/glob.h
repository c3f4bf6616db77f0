// glob_match: the patterns by which a data set names its files.
#pragma once

#include <string_view>

namespace crossrank {

/// Whether a path "folder/file" fits a pattern: "*", "?" and "[a-z]", "[!a-z]" inside one part of it, "**" as a part of its own for any
/// parts, none too, but the last part. The whole path must fit. Time: the product of both lengths, whatever the pattern.
bool glob_match(std::string_view pattern, std::string_view path);

}  // namespace crossrank
