// JSON of users' data: any bytes are a value or one Error; a value's strings are UTF-8, and it reads back as itself.
#include <string_view>

#include "base/json.h"
#include "fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossrank;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Json value;
  try {
    value = parse_json_data(text, "input:1");
  } catch (const Error&) {
    return 0;
  }
  require(parse_json_data(value.dump(), "input:1") == value);  // dump() throws for strings that are not UTF-8
  return 0;
}
