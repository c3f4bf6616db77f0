// BertNormalizer: cleans, sets Chinese characters apart, strips accents, lowers case; one pass over ASCII, the steps one by one elsewhere.
#include <array>
#include <optional>

#include "text/normalizers/code_point_filter.h"
#include "text/normalizers/normalizer.h"
#include "text/unicode/normalization.h"

namespace crossrank {
namespace {

struct BertOptions {
  bool clean_text = true;
  bool handle_chinese_chars = true;
  bool strip_accents = true;
  bool lowercase = true;
};

// The blocks that BERT calls Chinese. The reference's list has 2B920..2CEAF where Unicode's Extension E begins at 2B820: kept as it is.
bool is_chinese(char32_t c) noexcept {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

class BertNormalizer final : public Normalizer {
 public:
  explicit BertNormalizer(const BertOptions& options) : options_(options) {
    for (int c = 0; c < 128; ++c) {
      const uint16_t classes = classes_.of(static_cast<char32_t>(c));
      const bool dropped = options.clean_text && (classes & kRemovedByBert) != 0;
      const bool space = options.clean_text && (classes & kWhitespace) != 0;
      const bool upper = options.lowercase && c >= 'A' && c <= 'Z';
      ascii_[static_cast<size_t>(c)] = dropped ? kSlow : static_cast<char>(space ? ' ' : upper ? c + 32 : c);
    }
    for (size_t byte = 128; byte < 256; ++byte) ascii_[byte] = kSlow;
  }

  void normalize(std::string& text, bool& at_start) const override {
    const int dropped = (options_.clean_text ? kRemovedByBert : 0) | (options_.strip_accents ? kMarkNonspacing : 0);
    if (begins_with_class(classes_, static_cast<uint16_t>(dropped), text)) at_start = false;
    std::string out;
    out.resize(text.size());
    std::string run, scratch;
    size_t written = 0;
    size_t i = 0;
    while (i < text.size()) {
      for (; i < text.size(); ++i) {
        const char mapped = ascii_[static_cast<uint8_t>(text[i])];
        if (mapped == kSlow) break;
        out[written++] = mapped;
      }
      const size_t start = i;
      while (i < text.size() && ascii_[static_cast<uint8_t>(text[i])] == kSlow) ++i;
      if (i == start) break;
      run.assign(text, start, i - start);
      normalize_run(run, scratch);
      if (out.size() < written + run.size() + (text.size() - i)) out.resize(2 * (written + run.size() + (text.size() - i)));
      run.copy(out.data() + written, run.size());
      written += run.size();
    }
    out.resize(written);
    text = std::move(out);
  }

 private:
  // A run is cut where an ASCII character stays, which is a starter: no normalization reaches across it. What clean_text drops stays
  // inside the run, because marks on its two sides meet.
  static constexpr char kSlow = '\xFF';

  void normalize_run(std::string& run, std::string& scratch) const {
    if (options_.clean_text || options_.handle_chinese_chars) {
      scratch.clear();
      clean_and_set_apart(run, scratch);
      run.swap(scratch);
    }
    if (options_.strip_accents) {
      if (needs_decomposition(run)) {
        scratch.clear();
        append_normalized(NormalizationForm::kNfd, run, scratch);
        run.swap(scratch);
      }
      drop_classes(classes_, kMarkNonspacing, run);
    }
    if (!options_.lowercase) return;
    scratch.clear();
    const char* const end = run.data() + run.size();
    for (const char* p = run.data(); p < end;) append_lowercase(classes_, next_code_point(p), scratch);
    run.swap(scratch);
  }

  void clean_and_set_apart(const std::string& run, std::string& out) const {
    const char* const end = run.data() + run.size();
    for (const char* p = run.data(); p < end;) {
      const char32_t c = next_code_point(p);
      const uint16_t classes = classes_.of(c);
      if (options_.clean_text && (classes & kRemovedByBert) != 0) continue;
      if (options_.clean_text && (classes & kWhitespace) != 0) {
        out.push_back(' ');
      } else if (options_.handle_chinese_chars && is_chinese(c)) {
        out.push_back(' ');
        append_code_point(out, c);
        out.push_back(' ');
      } else {
        append_code_point(out, c);
      }
    }
  }

  bool needs_decomposition(const std::string& run) const noexcept {
    const char* const end = run.data() + run.size();
    for (const char* p = run.data(); p < end;) {
      if (classes_.has(next_code_point(p), kNotInert)) return true;
    }
    return false;
  }

  BertOptions options_;
  const CharClasses& classes_ = CharClasses::get();
  std::array<char, 256> ascii_{};  // what a byte becomes; kSlow: look at the run
};

}  // namespace

std::unique_ptr<const Normalizer> make_bert_normalizer(const JsonObject& config) {
  BertOptions options;
  options.clean_text = config.boolean("clean_text");
  options.handle_chinese_chars = config.boolean("handle_chinese_chars");
  options.lowercase = config.boolean("lowercase");
  options.strip_accents = config.boolean("strip_accents", options.lowercase);  // null: as lowercase says
  return std::make_unique<BertNormalizer>(options);
}

}  // namespace crossrank
