// The readers of documents, pairs and requests: any bytes in any format are texts in UTF-8 or Errors, and reading always ends.
#include "base/utf8.h"
#include "crossrank/error.h"
#include "data/examples.h"
#include "fuzz/memory_file.h"

namespace crossrank {
namespace {

template <typename Reader, typename Item, typename Check>
void read_all(Reader& reader, Item item, Check check) {
  while (true) {
    try {
      if (!reader.next(item)) return;
    } catch (const Error& error) {
      require(error.code() == ErrorCode::kInput);
      continue;
    }
    check(item);
  }
}

void read_examples(const InputOptions& options, ExampleKind kind) {
  try {
    ExampleReader reader(options, kind);
    read_all(reader, Example{}, [kind](const Example& example) {
      require(is_valid_utf8(example.document) && is_valid_utf8(example.query.value_or("")));
      require(kind == ExampleKind::kEither || example.query.has_value() == (kind == ExampleKind::kPair));
    });
  } catch (const Error& error) {
    require(error.code() == ErrorCode::kInput);  // a first row that is no header, plain text for pairs
  }
}

void read_requests(const InputOptions& options) {
  RequestReader reader(options);
  read_all(reader, RankRequest{}, [](const RankRequest& request) {
    require(is_valid_utf8(request.query));
    for (const std::string& document : request.documents) require(is_valid_utf8(document));
  });
}

}  // namespace
}  // namespace crossrank

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossrank;
  if (is_packed(data, size)) return 0;
  const MemoryFile file(data, size);
  for (const InputFormat format : {InputFormat::kAuto, InputFormat::kText, InputFormat::kJsonl, InputFormat::kCsv, InputFormat::kTsv}) {
    for (const ExampleKind kind : {ExampleKind::kDocument, ExampleKind::kPair, ExampleKind::kEither}) {
      read_examples({.file = file.path(), .format = format}, kind);
    }
  }
  read_requests({.file = file.path(), .format = InputFormat::kJsonl});
  return 0;
}
