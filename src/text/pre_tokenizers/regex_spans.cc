#include "text/pre_tokenizers/regex_spans.h"

#include <unicode/regex.h>
#include <unicode/utext.h>

#include <algorithm>

#include "base/error.h"
#include "text/pre_tokenizers/gpt2_pattern.h"

namespace crossrank {
namespace {

// ICU counts its steps in units of about 10,000 (some ten million a second): this is seconds for one search. A pattern that
// backtracks without end stops there, one that is linear never comes near.
constexpr int32_t kTimeLimit = 5'000;
constexpr int32_t kStackLimitBytes = 32 << 20;

// Collects matches in order and the gaps between them.
class SpanList {
 public:
  void add_match(size_t begin, size_t end) {
    if (open_ < begin) spans_.push_back({open_, begin, false});
    spans_.push_back({begin, end, true});
    open_ = end;
  }
  std::vector<Span> finish(size_t size) {
    if (open_ < size) spans_.push_back({open_, size, false});
    return std::move(spans_);
  }

 private:
  std::vector<Span> spans_;
  size_t open_ = 0;
};

class LiteralSpans final : public RegexSpans {
 public:
  explicit LiteralSpans(std::string text) : text_(std::move(text)) {}
  std::vector<Span> spans(std::string_view text) const override {
    SpanList list;
    for (size_t at = text.find(text_); at != std::string_view::npos; at = text.find(text_, at + text_.size())) {
      list.add_match(at, at + text_.size());
    }
    return list.finish(text.size());
  }

 private:
  std::string text_;
};

// Two spaces and more.
class SpaceRunSpans final : public RegexSpans {
 public:
  static constexpr std::string_view kRegex = " {2,}";
  std::vector<Span> spans(std::string_view text) const override {
    SpanList list;
    for (size_t at = text.find("  "); at != std::string_view::npos; at = text.find("  ", at)) {
      const size_t end = std::min(text.find_first_not_of(' ', at), text.size());
      list.add_match(at, end);
      at = end;
    }
    return list.finish(text.size());
  }
};

class Gpt2Spans final : public RegexSpans {
 public:
  std::vector<Span> spans(std::string_view text) const override {
    SpanList list;
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    for (const char* p = begin; p < end;) {
      const char* const start = p;
      p = pattern_.match_end(p, end);
      list.add_match(static_cast<size_t>(start - begin), static_cast<size_t>(p - begin));
    }
    return list.finish(text.size());
  }

 private:
  Gpt2Pattern pattern_;
};

// A UText over UTF-8 that closes itself; the matcher then counts in bytes.
struct Utf8Text {
  UText text = UTEXT_INITIALIZER;
  Utf8Text(std::string_view bytes, UErrorCode& status) { utext_openUTF8(&text, bytes.data(), static_cast<int64_t>(bytes.size()), &status); }
  Utf8Text(const Utf8Text&) = delete;
  Utf8Text& operator=(const Utf8Text&) = delete;
  ~Utf8Text() { utext_close(&text); }
};

class IcuSpans final : public RegexSpans {
 public:
  IcuSpans(std::unique_ptr<const icu::RegexPattern> pattern, std::string source, std::string where)
      : pattern_(std::move(pattern)), source_(std::move(source)), where_(std::move(where)) {}

  std::vector<Span> spans(std::string_view text) const override {
    UErrorCode status = U_ZERO_ERROR;
    Utf8Text input(text, status);
    const std::unique_ptr<icu::RegexMatcher> matcher(pattern_->matcher(status));
    check(status, text);
    matcher->setTimeLimit(kTimeLimit, status);
    matcher->setStackLimit(kStackLimitBytes, status);
    matcher->reset(&input.text);
    SpanList list;
    while (matcher->find(status)) {
      const int64_t begin = matcher->start64(status);
      const int64_t end = matcher->end64(status);
      check(status, text);
      list.add_match(static_cast<size_t>(begin), static_cast<size_t>(end));
    }
    check(status, text);
    return list.finish(text.size());
  }

 private:
  void check(UErrorCode status, std::string_view text) const {
    if (U_SUCCESS(status)) return;
    throw error(ErrorCode::kTokenizer, "{}: the pattern \"{}\" fails on a text of {} bytes ({}): it backtracks too much", where_, source_,
                text.size(), u_errorName(status));
  }

  std::unique_ptr<const icu::RegexPattern> pattern_;
  std::string source_;
  std::string where_;
};

}  // namespace

std::unique_ptr<const RegexSpans> RegexSpans::literal(const std::string& text) { return std::make_unique<LiteralSpans>(text); }

std::unique_ptr<const RegexSpans> RegexSpans::from_config(const JsonObject& config, std::string_view name) {
  const JsonObject pattern = config.object(name);
  if (pattern.has("Regex")) return regex(pattern.string("Regex"), pattern.where());
  if (!pattern.has("String")) throw config.bad_field(name, "has neither String nor Regex");
  const std::string text = pattern.string("String");
  return text.empty() ? regex(text, pattern.where()) : literal(text);
}

std::unique_ptr<const RegexSpans> RegexSpans::regex(const std::string& pattern, const std::string& where) {
  if (pattern == Gpt2Pattern::kRegex) return std::make_unique<Gpt2Spans>();
  if (pattern == SpaceRunSpans::kRegex) return std::make_unique<SpaceRunSpans>();
  UErrorCode status = U_ZERO_ERROR;
  UParseError place;
  std::unique_ptr<const icu::RegexPattern> compiled(icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(pattern), 0, place, status));
  if (U_FAILURE(status) || compiled == nullptr) {
    throw error(ErrorCode::kUnsupported, "{}: cannot read the regular expression \"{}\" ({} near character {})", where, pattern,
                u_errorName(status), place.offset);
  }
  return std::make_unique<IcuSpans>(std::move(compiled), pattern, where);
}

}  // namespace crossrank
