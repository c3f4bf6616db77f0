// Whitespace (runs of \w and runs of neither \w nor white space) and WhitespaceSplit (runs without white space).
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/unicode/char_class.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

// Cuts each piece into runs of code points of equal kind; a run of kind 0 is dropped.
template <typename KindOf>
void split_into_runs(Pieces& pieces, KindOf kind_of) {
  const CharClasses& classes = CharClasses::get();
  pieces.split_each([&](std::string_view piece, std::vector<std::string_view>& parts) {
    const char* const end = piece.data() + piece.size();
    const char* run = piece.data();
    int run_kind = 0;
    for (const char* p = run; p < end;) {
      const char* const start = p;
      const int kind = kind_of(classes.of(next_code_point(p)));
      if (kind == run_kind) continue;
      if (run_kind != 0) parts.emplace_back(run, static_cast<size_t>(start - run));
      run = start;
      run_kind = kind;
    }
    if (run_kind != 0) parts.emplace_back(run, static_cast<size_t>(end - run));
  });
}

class Whitespace final : public PreTokenizer {
 public:
  void split(Pieces& pieces) const override {
    split_into_runs(pieces, [](uint16_t classes) { return (classes & kWord) != 0 ? 1 : (classes & kWhitespace) != 0 ? 0 : 2; });
  }
};

class WhitespaceSplit final : public PreTokenizer {
 public:
  void split(Pieces& pieces) const override {
    split_into_runs(pieces, [](uint16_t classes) { return (classes & kWhitespace) != 0 ? 0 : 1; });
  }
};

}  // namespace

std::unique_ptr<PreTokenizer> make_whitespace(const JsonObject&) { return std::make_unique<Whitespace>(); }
std::unique_ptr<PreTokenizer> make_whitespace_split(const JsonObject&) { return std::make_unique<WhitespaceSplit>(); }

}  // namespace crossrank
