// Any bytes as a tokenizer.json, and a text through what loads: an Error or ids, nothing else.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crossrank/error.h"
#include "text/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  try {
    const auto tokenizer = crossrank::Tokenizer::from_json(json, "tokenizer.json");
    std::vector<int32_t> ids;
    tokenizer->encode("The river's  élan, 12 文 [MASK]\n\xFF 👍", ids);
    tokenizer->encode(json.substr(0, 200), ids);
    tokenizer->post_process(ids, &ids);
    for (const int32_t id : ids) (void)tokenizer->token(id);
  } catch (const crossrank::Error&) {
  }
  return 0;
}
