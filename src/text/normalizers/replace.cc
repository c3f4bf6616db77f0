// Replace: puts one string in the place of each match of a string or regular expression.
#include "base/error.h"
#include "text/normalizers/normalizer.h"
#include "text/pre_tokenizers/regex_spans.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

// A file with many steps could double a text at each.
constexpr size_t kMaxTextBytes = size_t{1} << 28;

class Replace final : public Normalizer {
 public:
  Replace(std::unique_ptr<const RegexSpans> pattern, std::string content, std::string where)
      : pattern_(std::move(pattern)), content_(std::move(content)), where_(std::move(where)) {}

  void normalize(std::string& text, bool& at_start) const override {
    const std::vector<Span> spans = pattern_->spans(text);
    size_t matches = 0, kept = 0;
    for (const Span& span : spans) {
      matches += span.delimiter ? 1 : 0;
      kept += span.delimiter ? 0 : span.end - span.begin;
    }
    if (matches == 0) return;
    if (kept > kMaxTextBytes || content_.size() * matches > kMaxTextBytes) {
      throw error(ErrorCode::kInput, "{}: a text of {} bytes would become longer than {}", where_, text.size(), kMaxTextBytes);
    }
    if (spans[0].delimiter && moves_start(spans[0], text)) at_start = false;
    std::string out;
    out.reserve(kept + content_.size() * matches);
    for (const Span& span : spans) {
      if (span.delimiter) {
        out += content_;
      } else {
        out.append(text, span.begin, span.end - span.begin);
      }
    }
    text = std::move(out);
  }

 private:
  // The reference aligns what it puts in with the last character that it takes out, so only a match of one character stays at the start.
  bool moves_start(const Span& match, const std::string& text) const {
    return match.end > 0 && (content_.empty() || match.end > utf8_length(text[0]));
  }

  std::unique_ptr<const RegexSpans> pattern_;
  std::string content_;
  std::string where_;
};

}  // namespace

std::unique_ptr<const Normalizer> make_replace(const JsonObject& config) {
  return std::make_unique<Replace>(RegexSpans::from_config(config, "pattern"), config.string("content"), config.where());
}

}  // namespace crossrank
