// Normalizer: the first step of a text's journey, and the one function that makes normalizers from tokenizer.json.
#pragma once

#include <memory>
#include <string>

#include "base/json.h"

namespace crossrank {

/// Immutable; may be shared between threads.
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  /// Rewrites `text`, well-formed UTF-8, in place.
  virtual void normalize(std::string& text) const = 0;
};

/// The normalizer that `config` describes. Error(kUnsupported) for a type that is not in the registry, Error(kTokenizer) for bad fields.
std::unique_ptr<const Normalizer> make_normalizer(const JsonObject& config);

// One function a kind, each in its own file; the registry calls them.
std::unique_ptr<const Normalizer> make_unicode_normalizer(const JsonObject& config);  // NFC, NFD, NFKC, NFKD
std::unique_ptr<const Normalizer> make_lowercase(const JsonObject& config);
std::unique_ptr<const Normalizer> make_strip_accents(const JsonObject& config);
std::unique_ptr<const Normalizer> make_bert_normalizer(const JsonObject& config);
std::unique_ptr<const Normalizer> make_normalizer_sequence(const JsonObject& config);

}  // namespace crossrank
