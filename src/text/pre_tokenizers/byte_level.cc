// ByteLevel: cuts with GPT-2's pattern and spells the bytes of each piece in the byte-level alphabet.
#include "text/byte_alphabet.h"
#include "text/pre_tokenizers/gpt2_pattern.h"
#include "text/pre_tokenizers/pre_tokenizer.h"

namespace crossrank {
namespace {

class ByteLevel final : public PreTokenizer {
 public:
  ByteLevel(bool add_prefix_space, bool use_regex) : add_prefix_space_(add_prefix_space), use_regex_(use_regex) {}

  bool offers_bytes() const override { return true; }
  void leave_bytes() override { spell_bytes_ = false; }

  void split(Pieces& pieces) const override {
    pieces.split_each([&](std::string_view piece, std::vector<std::string_view>& parts) {
      if (add_prefix_space_ && piece.front() != ' ') {
        std::string prefixed(1, ' ');
        prefixed += piece;
        piece = pieces.keep(std::move(prefixed));
      }
      if (use_regex_) {
        append_matches(piece, parts);
      } else {
        parts.push_back(piece);
      }
    });
    if (!spell_bytes_) return;
    pieces.split_each(
        [&](std::string_view piece, std::vector<std::string_view>& parts) { parts.push_back(pieces.keep(crossrank::spell_bytes(piece))); });
  }

 private:
  void append_matches(std::string_view piece, std::vector<std::string_view>& parts) const {
    parts.reserve(parts.size() + piece.size() / 5);
    const char* const end = piece.data() + piece.size();
    for (const char* p = piece.data(); p < end;) {
      const char* const start = p;
      p = pattern_.match_end(p, end);
      parts.emplace_back(start, static_cast<size_t>(p - start));
    }
  }

  Gpt2Pattern pattern_;
  bool add_prefix_space_;
  bool use_regex_;
  bool spell_bytes_ = true;
};

}  // namespace

std::unique_ptr<PreTokenizer> make_byte_level(const JsonObject& config) {
  config.boolean("trim_offsets");  // concerns offsets, which ids do not need; checked, since the reference demands it
  return std::make_unique<ByteLevel>(config.boolean("add_prefix_space"), config.boolean("use_regex", true));
}

}  // namespace crossrank
