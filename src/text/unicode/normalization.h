// Normalization forms NFC, NFD, NFKC and NFKD as the reference has them: those of Unicode 9.
#pragma once

#include <string>
#include <string_view>

namespace crossrank {

enum class NormalizationForm { kNfc, kNfd, kNfkc, kNfkd };

/// Appends the form of `text` (well-formed UTF-8) to `out`. Code points that Unicode 9 had not assigned pass through unchanged and
/// keep what stands on their two sides apart, so that the result does not depend on the Unicode version of the installed ICU.
void append_normalized(NormalizationForm form, std::string_view text, std::string& out);

}  // namespace crossrank
