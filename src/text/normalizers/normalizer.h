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
  /// Rewrites `text`, well-formed UTF-8, in place. `at_start`: its first character is the first of the whole input. The step makes that
  /// false where it drops or replaces what stood there, so that the reference no longer finds the start of the input in the result;
  /// Metaspace asks for it.
  virtual void normalize(std::string& text, bool& at_start) const = 0;
  void normalize(std::string& text) const {
    bool at_start = true;
    normalize(text, at_start);
  }
};

/// The normalizer that `config` describes. Error(kUnsupported) for a type that is not in the registry, Error(kTokenizer) for bad fields.
std::unique_ptr<const Normalizer> make_normalizer(const JsonObject& config);

// One function a kind, each in its own file; the registry calls them.
std::unique_ptr<const Normalizer> make_unicode_normalizer(const JsonObject& config);  // NFC, NFD, NFKC, NFKD
std::unique_ptr<const Normalizer> make_lowercase(const JsonObject& config);
std::unique_ptr<const Normalizer> make_strip_accents(const JsonObject& config);
std::unique_ptr<const Normalizer> make_bert_normalizer(const JsonObject& config);
std::unique_ptr<const Normalizer> make_precompiled(const JsonObject& config);
std::unique_ptr<const Normalizer> make_replace(const JsonObject& config);
std::unique_ptr<const Normalizer> make_prepend(const JsonObject& config);
std::unique_ptr<const Normalizer> make_strip(const JsonObject& config);
std::unique_ptr<const Normalizer> make_nmt(const JsonObject& config);
std::unique_ptr<const Normalizer> make_byte_level_normalizer(const JsonObject& config);
std::unique_ptr<const Normalizer> make_normalizer_sequence(const JsonObject& config);

}  // namespace crossrank
