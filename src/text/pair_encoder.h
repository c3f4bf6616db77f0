// PairEncoder: a pair of texts to one sequence that fits the model, cut as the reference cuts it.
#pragma once

#include <memory>
#include <string_view>

#include "crossrank/options.h"
#include "text/encoding.h"
#include "text/tokenizer.h"

namespace crossrank {

/// Immutable; may be shared between threads.
class PairEncoder {
 public:
  /// `max_length` counts special tokens and must leave room for them (Error(kUsage) where it does not).
  PairEncoder(std::shared_ptr<const Tokenizer> tokenizer, int max_length, Truncation truncation);

  /// Equals the reference's tokenizer(query, document, truncation=..., max_length=...). With Truncation::kDocument a query that
  /// leaves no room for the document, and with kNone a pair that is too long, is Error(kInput) with both lengths.
  Encoding encode(const TextPair& pair) const;

  /// One text alone (bi-encoders, `tokenize`): cut at its end.
  Encoding encode(std::string_view text) const;

  const Tokenizer& tokenizer() const { return *tokenizer_; }
  int max_length() const { return max_length_; }

 private:
  std::shared_ptr<const Tokenizer> tokenizer_;
  int max_length_;
  Truncation truncation_;
};

}  // namespace crossrank
