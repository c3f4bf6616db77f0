// Metaspace: spaces become a visible character (SentencePiece's "▁"), which each word then begins with.
#include <algorithm>

#include "text/pre_tokenizers/one_character.h"
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

// Which pieces get the character put before them where they do not begin with it.
enum class PrependScheme {
  kNever,
  kFirst,  // only the start of the input
  kAlways,
};

class Metaspace final : public PreTokenizer {
 public:
  Metaspace(std::string replacement, PrependScheme prepend, bool split)
      : replacement_(std::move(replacement)), prepend_(prepend), split_(split) {}

  // All pieces are rewritten into one string, whose size is known before.
  void split(Pieces& pieces) const override {
    size_t size = 0;
    for (const std::string_view piece : pieces.views()) {
      const auto spaces = static_cast<size_t>(std::count(piece.begin(), piece.end(), ' '));
      size += piece.size() + replacement_.size() + spaces * (replacement_.size() - 1);
    }
    char* write = pieces.room(size);
    bool first = pieces.at_start();
    pieces.split_each([&](std::string_view piece, std::vector<std::string_view>& parts) {
      const bool prepends = prepend_ == PrependScheme::kAlways || (prepend_ == PrependScheme::kFirst && first);
      first = false;
      write = append_parts(piece, prepends && !begins_with_replacement(piece), write, parts);
    });
  }

 private:
  bool begins_with_replacement(std::string_view piece) const noexcept { return piece.front() == ' ' || piece.starts_with(replacement_); }

  // Writes what becomes of `piece` at `out`, and appends its parts; returns the end. Each replacement character begins a part.
  char* append_parts(std::string_view piece, bool prepends, char* out, std::vector<std::string_view>& parts) const {
    const char* part = out;
    const auto end_part = [&] {
      if (split_ && part < out) {
        parts.emplace_back(part, static_cast<size_t>(out - part));
        part = out;
      }
    };
    const auto put = [&](std::string_view text) { out = std::copy(text.begin(), text.end(), out); };
    if (prepends) put(replacement_);
    const char* const end = piece.data() + piece.size();
    for (const char* p = piece.data(); p < end;) {
      if (*p == ' ') {
        end_part();
        put(replacement_);
        ++p;
      } else if (*p == replacement_[0] && std::string_view(p, static_cast<size_t>(end - p)).starts_with(replacement_)) {
        end_part();
        put(replacement_);
        p += replacement_.size();
      } else {
        *out++ = *p++;
      }
    }
    if (part < out) parts.emplace_back(part, static_cast<size_t>(out - part));
    return out;
  }

  std::string replacement_;
  PrependScheme prepend_;
  bool split_;
};

PrependScheme parse_prepend_scheme(const JsonObject& config) {
  const std::string name = config.string("prepend_scheme", "always");
  const PrependScheme scheme = name == "never" ? PrependScheme::kNever : name == "first" ? PrependScheme::kFirst : PrependScheme::kAlways;
  if (scheme == PrependScheme::kAlways && name != "always") {
    throw config.bad_field("prepend_scheme", fmt::format("\"{}\" is not one of always, first, never", name));
  }
  // Older files have add_prefix_space instead; the reference takes only one that agrees.
  if (!config.boolean("add_prefix_space", true) && scheme != PrependScheme::kNever) {
    throw config.bad_field("add_prefix_space", fmt::format("false does not go with prepend_scheme \"{}\": it must be \"never\"", name));
  }
  return scheme;
}

}  // namespace

std::unique_ptr<PreTokenizer> make_metaspace(const JsonObject& config) {
  config.string("str_rep", "");  // older files repeat the replacement in it; the reference reads and forgets it
  return std::make_unique<Metaspace>(one_character(config, "replacement"), parse_prepend_scheme(config), config.boolean("split", true));
}

}  // namespace crossrank
