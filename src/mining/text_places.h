// TextPlaces: where texts first stand in their data sets, for messages; sixteen bytes a text, since there may be many millions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crossrank {

/// A cell: its row as DatasetRow::where says it, and its column.
struct TextPlace {
  std::string_view where = {}, field = {};
};

class TextPlaces {
 public:
  /// The place of the next text.
  void add(const TextPlace& place);
  /// "FILE:LINE: field NAME". Texts are counted from 0.
  std::string operator[](int64_t text) const;

 private:
  // What many texts share: "FILE:" or "FILE:row ", and the column.
  struct Column {
    std::string before, field;
  };
  struct Row {
    int32_t column;
    int64_t number;  // -1 where there is none
  };

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace crossrank
