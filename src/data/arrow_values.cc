#ifdef CROSSRANK_PARQUET

#include "data/arrow_values.h"

#include <arrow/util/float16.h>

#include "base/error.h"
#include "base/utf8.h"

namespace crossrank {
namespace {

Json text(std::string_view bytes) { return is_valid_utf8(bytes) ? Json(std::string(bytes)) : Json(replace_invalid_utf8(bytes)); }

template <typename Array>
Json number(const arrow::Array& array, int64_t index) {
  return static_cast<const Array&>(array).Value(index);
}

template <typename Array>
Json text_of(const arrow::Array& array, int64_t index) {
  return text(static_cast<const Array&>(array).GetView(index));
}

template <typename Array>
Json list(const arrow::Array& array, int64_t index) {
  const auto& lists = static_cast<const Array&>(array);
  const int64_t begin = lists.value_offset(index), end = begin + lists.value_length(index);
  Json::array_t values;
  values.reserve(static_cast<size_t>(end - begin));
  for (int64_t i = begin; i < end; ++i) values.push_back(json_value(*lists.values(), i));
  return values;
}

Json object(const arrow::Array& array, int64_t index) {
  const auto& structs = static_cast<const arrow::StructArray&>(array);
  Json value = Json::object();
  for (int i = 0; i < structs.num_fields(); ++i) {
    const std::string& name = array.type()->field(i)->name();
    value[is_valid_utf8(name) ? name : replace_invalid_utf8(name)] = json_value(*structs.field(i), index);
  }
  return value;
}

Json dictionary_value(const arrow::Array& array, int64_t index) {
  const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
  const int64_t place = coded.GetValueIndex(index);
  if (place < 0 || place >= coded.dictionary()->length())
    throw error(ErrorCode::kIo, "a dictionary of {} values has no value {}", coded.dictionary()->length(), place);
  return json_value(*coded.dictionary(), place);
}

// Dates, times, decimals and what may come: as Arrow writes them.
Json as_written(const arrow::Array& array, int64_t index) {
  const auto scalar = array.GetScalar(index);
  if (!scalar.ok()) throw error(ErrorCode::kIo, "{}", scalar.status().message());
  return text((*scalar)->ToString());
}

}  // namespace

void require_depth(const arrow::DataType& type, const std::string& where, int depth) {
  if (depth > kMaxArrowDepth) throw error(ErrorCode::kUnsupported, "{}: a type nested deeper than {} levels", where, kMaxArrowDepth);
  if (type.id() == arrow::Type::DICTIONARY) require_depth(*static_cast<const arrow::DictionaryType&>(type).value_type(), where, depth + 1);
  for (const auto& field : type.fields()) require_depth(*field->type(), where, depth + 1);
}

Json json_value(const arrow::Array& array, int64_t index) {
  if (array.IsNull(index)) return {};
  switch (array.type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return text_of<arrow::BinaryArray>(array, index);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return text_of<arrow::LargeBinaryArray>(array, index);
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      return text_of<arrow::BinaryViewArray>(array, index);
    case arrow::Type::FIXED_SIZE_BINARY:
      return text_of<arrow::FixedSizeBinaryArray>(array, index);
    case arrow::Type::BOOL:
      return number<arrow::BooleanArray>(array, index);
    case arrow::Type::INT8:
      return number<arrow::Int8Array>(array, index);
    case arrow::Type::INT16:
      return number<arrow::Int16Array>(array, index);
    case arrow::Type::INT32:
      return number<arrow::Int32Array>(array, index);
    case arrow::Type::INT64:
      return number<arrow::Int64Array>(array, index);
    case arrow::Type::UINT8:
      return number<arrow::UInt8Array>(array, index);
    case arrow::Type::UINT16:
      return number<arrow::UInt16Array>(array, index);
    case arrow::Type::UINT32:
      return number<arrow::UInt32Array>(array, index);
    case arrow::Type::UINT64:
      return number<arrow::UInt64Array>(array, index);
    case arrow::Type::HALF_FLOAT:
      return arrow::util::Float16::FromBits(static_cast<const arrow::HalfFloatArray&>(array).Value(index)).ToDouble();
    case arrow::Type::FLOAT:
      return number<arrow::FloatArray>(array, index);
    case arrow::Type::DOUBLE:
      return number<arrow::DoubleArray>(array, index);
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return list<arrow::ListArray>(array, index);
    case arrow::Type::LARGE_LIST:
      return list<arrow::LargeListArray>(array, index);
    case arrow::Type::FIXED_SIZE_LIST:
      return list<arrow::FixedSizeListArray>(array, index);
    case arrow::Type::STRUCT:
      return object(array, index);
    case arrow::Type::DICTIONARY:
      return dictionary_value(array, index);
    case arrow::Type::EXTENSION:
      return json_value(*static_cast<const arrow::ExtensionArray&>(array).storage(), index);
    default:
      return as_written(array, index);
  }
}

}  // namespace crossrank

#endif
