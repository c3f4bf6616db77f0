#include "mining/text_places.h"

#include <fmt/format.h>

#include <charconv>

namespace crossrank {

void TextPlaces::add(const TextPlace& place) {
  std::string_view before = place.where.substr(0, place.where.find_last_not_of("0123456789") + 1);
  int64_t number = -1;
  const char* end = place.where.data() + place.where.size();
  if (std::from_chars(place.where.data() + before.size(), end, number).ec != std::errc()) before = place.where;
  // A file's rows come one after the other.
  if (columns_.empty() || columns_.back().before != before || columns_.back().field != place.field) {
    columns_.push_back({std::string(before), std::string(place.field)});
  }
  rows_.push_back({static_cast<int32_t>(columns_.size() - 1), number});
}

std::string TextPlaces::operator[](int64_t text) const {
  const Row& row = rows_[static_cast<size_t>(text)];
  const Column& column = columns_[static_cast<size_t>(row.column)];
  return fmt::format("{}{}: field {}", column.before, row.number < 0 ? "" : std::to_string(row.number), column.field);
}

}  // namespace crossrank
