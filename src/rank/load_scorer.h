// load_scorer: a model folder with its tokenizer and an engine. load_scorer.cc is the one file that names all engines.
#pragma once

#include <memory>
#include <string>

#include "crossrank/options.h"
#include "model/engine.h"
#include "rank/scorer.h"

namespace crossrank {

/// A scorer for the model in the arithmetic asked for; bf16 is fp32 where the machine has no fast bf16 products, and the engine says which
/// it is. With describe_only it has no engine. The tokenizer is read while the engine packs the weights.
Scorer load_scorer(const std::shared_ptr<const ModelFolder>& model, const LoadOptions& options);

/// Why the engine's precision is what it is, in words.
std::string precision_reason(const LoadOptions& options, const Engine& engine);

/// Operations a second, a multiply-add being two, of the best matrix products in the engine's precision on its number of threads.
double measure_matrix_peak(const Engine& engine);

}  // namespace crossrank
