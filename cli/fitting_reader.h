// Readers that hold each line against --truncation none: a pair that the model cannot take whole is that line's error.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "crossrank/reranker.h"
#include "data/examples.h"

namespace crossrank {

/// Error(kInput) that begins with `where` for a pair that is too long and may not be cut. With other truncations nothing is done.
inline void require_fit(const Reranker& reranker, const TextPair& pair, const PredictOptions& options, const std::string& where) {
  if (options.truncation != Truncation::kNone) return;
  try {
    reranker.tokenize(pair, options);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInput) throw;
    throw Error(ErrorCode::kInput, where + ": " + error.what());
  }
}

/// Examples that fit, each with its own query or, for documents, with one for all.
struct FittingExamples {
  ExampleReader& reader;
  const Reranker& reranker;
  const PredictOptions& options;
  std::string_view query = {};

  bool next(Example& example) {
    if (!reader.next(example)) return false;
    require_fit(reranker, {example.query ? std::string_view(*example.query) : query, example.document}, options, reader.where());
    return true;
  }
};

/// Requests whose documents all fit.
struct FittingRequests {
  RequestReader& reader;
  const Reranker& reranker;
  const PredictOptions& options;

  bool next(RankRequest& request) {
    if (!reader.next(request)) return false;
    for (size_t i = 0; i < request.documents.size(); ++i) {
      require_fit(reranker, {request.query, request.documents[i]}, options, fmt::format("{}: field documents[{}]", reader.where(), i));
    }
    return true;
  }
};

}  // namespace crossrank
