// What every engine owes to the goldens, written once: outputs straight from a model folder equal the reference's.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "arch/model_folder.h"
#include "goldens.h"
#include "model/engine.h"
#include "text/packed_batch.h"
#include "text/pair_encoder.h"
#include "text/tokenizer.h"

namespace crossrank::goldens {

inline std::vector<Encoding> encode(const Golden& golden, const ModelFolder& model) {
  const PairEncoder encoder(Tokenizer::from_file(model.tokenizer), model.max_length, Truncation::kLongestFirst);
  std::vector<Encoding> encodings;
  for (const Case& one : golden.cases) {
    Encoding encoding = golden.is_bi_encoder() ? encoder.encode(one.document) : encoder.encode(TextPair{one.query, one.document});
    if (!model.uses_type_ids) encoding.type_ids.assign(encoding.ids.size(), 0);
    encodings.push_back(std::move(encoding));
  }
  return encodings;
}

/// Every case of at most `longest` tokens, alone in its batch.
inline void expect_outputs_of_the_reference(const std::string& folder, const ModelFolder& model, Engine& engine, int longest) {
  const Golden golden = read_golden(folder);
  const std::vector<Encoding> encodings = encode(golden, model);
  EXPECT_EQ(model.max_length, golden.record.at("max_length"));
  for (size_t i = 0; i < encodings.size(); ++i) {
    const Case& one = golden.cases[i];
    ASSERT_EQ(encodings[i].length(), one.tokens) << "case " << i;
    if (one.tokens > longest) continue;
    const auto batches = pack(std::span(encodings).subspan(i, 1), one.tokens);
    std::vector<float> found(static_cast<size_t>(engine.num_outputs()));
    engine.outputs(batches.front(), found);
    const std::vector<float>& wanted = golden.is_bi_encoder() ? one.embedding : one.logits;
    ASSERT_EQ(found.size(), wanted.size());
    for (size_t j = 0; j < wanted.size(); ++j) {
      EXPECT_NEAR(found[j], wanted[j], tolerance(wanted[j])) << "case " << i << ", " << one.tokens << " tokens, output " << j;
    }
  }
}

}  // namespace crossrank::goldens
