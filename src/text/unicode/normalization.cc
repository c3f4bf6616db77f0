#include "text/unicode/normalization.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>

#include "base/error.h"
#include "text/unicode/char_class.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

const icu::Normalizer2& icu_normalizer(NormalizationForm form) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = nullptr;
  switch (form) {
    case NormalizationForm::kNfc:
      normalizer = icu::Normalizer2::getNFCInstance(status);
      break;
    case NormalizationForm::kNfd:
      normalizer = icu::Normalizer2::getNFDInstance(status);
      break;
    case NormalizationForm::kNfkc:
      normalizer = icu::Normalizer2::getNFKCInstance(status);
      break;
    case NormalizationForm::kNfkd:
      normalizer = icu::Normalizer2::getNFKDInstance(status);
      break;
  }
  if (U_FAILURE(status)) throw error(ErrorCode::kIo, "ICU has no normalization data ({}): reinstall it", u_errorName(status));
  return *normalizer;
}

// ICU counts bytes in 32 bits, and a form can be several times longer than its text.
constexpr size_t kMaxPiece = size_t{1} << 27;

void append_piece(const icu::Normalizer2& normalizer, std::string_view text, std::string& out) {
  if (text.empty()) return;
  UErrorCode status = U_ZERO_ERROR;
  icu::StringByteSink<std::string> sink(&out);
  normalizer.normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink, nullptr, status);
  if (U_FAILURE(status)) throw error(ErrorCode::kInput, "ICU cannot normalize a text of {} bytes: {}", text.size(), u_errorName(status));
}

}  // namespace

void append_normalized(NormalizationForm form, std::string_view text, std::string& out) {
  if (text.size() > kMaxPiece) throw error(ErrorCode::kInput, "a text of {} bytes is longer than can be normalized", text.size());
  const icu::Normalizer2& normalizer = icu_normalizer(form);
  const CharClasses& classes = CharClasses::get();
  const char* const end = text.data() + text.size();
  const char* piece = text.data();
  for (const char* p = text.data(); p < end;) {
    const char* const start = p;
    if (!classes.has(next_code_point(p), kTooNewToNormalize)) continue;
    append_piece(normalizer, {piece, static_cast<size_t>(start - piece)}, out);
    out.append(start, p);
    piece = p;
  }
  append_piece(normalizer, {piece, static_cast<size_t>(end - piece)}, out);
}

}  // namespace crossrank
