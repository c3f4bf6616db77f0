// SplitSpec: "train", "train[:1000]", "train[10%:20%]", "train[-5:]": a split and a slice of it, as the reference slices.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crossrank {

/// Rows [begin, end).
struct RowRange {
  int64_t begin = 0, end = 0;
};

struct SplitSpec {
  std::string text;   // as the user wrote it
  std::string split;  // its name alone
  std::optional<int64_t> from, to;
  bool percent = false;         // of both
  bool drop_remainder = false;  // "(pct1_dropremainder)": percents are so many times a hundredth, rounded down

  /// Whether range() depends on how many rows there are.
  bool needs_count() const { return percent || from.value_or(0) < 0 || to.value_or(0) < 0; }

  /// The rows of a split of `num_rows`. A percentage goes to the nearest row, a half to the even one. Error(kUsage) where a hundredth
  /// of the rows, rounded down, is none.
  RowRange range(int64_t num_rows) const;
};

/// Words of letters, digits and "_", with single dots between them.
bool is_split_name(std::string_view name);

/// Error(kUsage) for what is no split.
SplitSpec parse_split_spec(std::string_view text);

}  // namespace crossrank
